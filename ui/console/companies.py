"""`company create`, `demo` and `profiles`."""

from __future__ import annotations

from typing import Final

from app import bootstrap
from app.i18n import _
from app.vault import profiles
from ui.console.answer import Answer, plain, table
from ui.console.call import Call
from ui.console.vault import code_text
from ui.console.waiting import showing


def create(call: Call) -> Answer:
    """Make a company in a new profile; the recovery code is told this once."""
    options = call.options
    keychain = bootstrap.keychain()
    password = call.secrets.new(
        _("New password"), alone=not keychain.is_safe, discouraged=(options.name, options.owner)
    )
    made = bootstrap.create_company(
        call.home,
        options.name,
        options.owner,
        password,
        email=options.email,
        profile=call.profile,
        keychain=keychain,
    )
    try:
        company, profile = made.session.identity.company_name, made.profile.name
        code = made.recovery_code.text() if made.recovery_code else ""
    finally:
        made.close()
    document = {"company": company, "profile": profile, "recovery_code": code}
    text = _("“{company}” is made, in profile {profile}.").format(company=plain(company), profile=profile)
    return Answer(document, f"{text}\n{code_text(code)}")


def demonstrate(call: Call) -> Answer:
    """The demonstration company: made where there is none. Its password is shown each time."""
    from app import demo
    from app.features.crm.demonstration import COMPANY

    options = call.options
    found = demo.existing(call.home, call.profile)
    made = found is None
    if found is None:
        with showing(_("Making the demonstration company…")):
            found = demo.create(
                call.home,
                call.profile,
                customers=demo.CUSTOMERS if options.customers is None else options.customers,
                seed=1 if options.seed is None else options.seed,
            )
    document = {
        "company": COMPANY,
        "profile": found.profile.name,
        "password": found.password,
        "created": made,
    }
    text = (
        _("The demonstration company “{company}” is made, in profile {profile}.")
        if made
        else _("The demonstration company “{company}” is there, in profile {profile}.")
    ).format(company=COMPANY, profile=found.profile.name)
    shown = (
        _("You have chosen its password.")
        if found.password is None
        else _("Its password: {password}").format(password=found.password)
    )
    return Answer(document, f"{text}\n{shown}")


def listing(call: Call) -> Answer:
    """The companies on this computer, without opening any."""
    from app import demo
    from app.features.crm.demonstration import COMPANY

    keychain = bootstrap.keychain()
    found = profiles.found(call.home)
    names = [COMPANY if demo.is_one(one) else profiles.company(one, keychain) for one in found]
    document = {
        "home": str(call.home),
        "profiles": [
            {
                "name": profile.name,
                "title": company or profile.name,
                "company": company,
                "folder": str(profile.folder),
            }
            for profile, company in zip(found, names, strict=True)
        ],
    }
    rows = [
        # Anybody who has the disk could read a name that is not in the keyring.
        (profile.name, company or _("(its name is shown once it is open)"), str(profile.folder))
        for profile, company in zip(found, names, strict=True)
    ]
    return Answer(
        document,
        table(rows) if rows else _("There is no company in {home} yet.").format(home=plain(str(call.home))),
    )


COMMANDS: Final = {"company create": create, "demo": demonstrate, "profiles": listing}
