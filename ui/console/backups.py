"""`backup` and `restore`."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from app import bootstrap, paths
from app.features.trust import backup_file, backups
from app.i18n import _
from ui.console.answer import Answer, plain
from ui.console.call import Call
from ui.console.moments import as_json
from ui.console.waiting import showing


def backup(call: Call) -> Answer:
    """Write a backup and prove that it opens."""
    with call.opened() as opened, showing(_("Backing up…")) as report:
        made = backups.make(opened, Path(call.options.file), report)
        company = opened.session.identity.company_name
    document = {
        "file": str(made.path),
        "bytes": made.size_bytes,
        "made": as_json(made.made_ms),
        "company": company,
        "verified": True,
    }
    text = _(
        "“{company}” is backed up in {file} ({mb:.1f} MB). The backup was opened and read as a proof."
    ).format(company=plain(company), file=plain(str(made.path)), mb=made.size_bytes / 1e6)
    return Answer(document, text)


def restore(call: Call) -> Answer:
    """Restore into a new profile; the recovery code opens it anywhere, the password where it was made."""
    with showing(_("Reading the backup…")) as report:
        checked = backup_file.check(paths.expanded(call.options.file), report)
    way_in = call.secrets.way_in(alone=not bootstrap.keychain().is_safe)
    with showing(_("Restoring…")) as report:
        opened = bootstrap.restore_company(
            checked,
            call.home,
            way_in.password,
            recovery=way_in.recovery,
            new_password=way_in.new_password,
            profile=call.profile,
            report=report,
        )
    try:
        session = opened.session
        document = {"company": session.identity.company_name, "profile": opened.profile.name}
        text = _(
            "“{company}” is restored as profile {profile}. This copy goes on as a new device of the company."
        ).format(company=plain(session.identity.company_name), profile=opened.profile.name)
    finally:
        opened.close()
    return Answer(document, text)


COMMANDS: Final = {"backup": backup, "restore": restore}
