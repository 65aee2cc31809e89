"""Columns are mapped by the names that other programs give them."""

from __future__ import annotations

import pytest

from app.errors import Invalid
from app.features.crm.importing import headings, paths
from app.features.crm.importing.layout import REASON, Row
from app.features.crm.importing.mapping import BY_CONTENT, guess
from tests.features.importing.files import KNOWN, mapped
from tests.lookalike import HEADING, SUPPLIED

ADDRESS = "customer.address"


def test_the_sample_of_restaurants() -> None:
    assert mapped(list(HEADING)) == {
        "business_id": "customer.code",
        "name": "customer.name",
        "address": f"{ADDRESS}.street",
        "city": f"{ADDRESS}.city",
        "state": f"{ADDRESS}.region",
        "postal_code": f"{ADDRESS}.postcode",
        "latitude": "customer.position.lat",
        "longitude": "customer.position.lon",
        "phone_number": "customer.phone",
    }


def test_the_sample_of_suppliers() -> None:
    assert mapped(list(SUPPLIED)) == {
        "customerID": "customer.code",
        "companyName": "customer.name",
        "contactName": "contact.name",
        "contactTitle": "contact.role",
        "address": f"{ADDRESS}.street",
        "city": f"{ADDRESS}.city",
        "region": f"{ADDRESS}.region",
        "postalCode": f"{ADDRESS}.postcode",
        "country": f"{ADDRESS}.country",
        "phone": "customer.phone",
    }


SALESFORCE_ACCOUNTS = {
    "Account ID": "", "Account Name": "customer.name", "Billing Street": f"{ADDRESS}.street",
    "Billing City": f"{ADDRESS}.city", "Billing State/Province": f"{ADDRESS}.region",
    "Billing Zip/Postal Code": f"{ADDRESS}.postcode", "Billing Country": f"{ADDRESS}.country",
    "Shipping Street": "", "Shipping City": "", "Phone": "customer.phone", "Fax": "",
    "Account Number": "customer.code", "Website": "customer.web", "Industry": "customer.kind",
    "Account Description": "customer.notes", "Account Owner": "customer.assigned_to", "Created Date": "",
}  # fmt: skip
SALESFORCE_API = {
    "NAME": "customer.name", "BILLINGSTREET": f"{ADDRESS}.street", "BILLINGCITY": f"{ADDRESS}.city",
    "BILLINGSTATE": f"{ADDRESS}.region", "BILLINGPOSTALCODE": f"{ADDRESS}.postcode",
    "BILLINGCOUNTRY": f"{ADDRESS}.country", "SHIPPINGSTREET": "", "SHIPPINGCITY": "", "PHONE": "customer.phone",
    "FAX": "", "ACCOUNTNUMBER": "customer.code", "WEBSITE": "customer.web", "DESCRIPTION": "customer.notes",
}  # fmt: skip
SALESFORCE_CONTACTS = {
    "Salutation": "contact.name.before", "First Name": "contact.name.given", "Last Name": "contact.name.family",
    "Title": "contact.role", "Account Name": "customer.name", "Mailing Street": f"{ADDRESS}.street",
    "Mailing City": f"{ADDRESS}.city", "Mailing State/Province": f"{ADDRESS}.region",
    "Mailing Zip/Postal Code": f"{ADDRESS}.postcode", "Mailing Country": f"{ADDRESS}.country",
    "Phone": "contact.phone", "Fax": "", "Mobile": "contact.mobile", "Email": "contact.email",
    "Birthdate": "contact.birthday", "Contact ID": "", "Account ID": "customer.code",
}  # fmt: skip
HUBSPOT_COMPANIES = {
    "Record ID": "customer.code", "Company name": "customer.name", "Company owner": "customer.assigned_to",
    "Create Date": "", "Phone Number": "customer.phone", "Last Activity Date": "", "City": f"{ADDRESS}.city",
    "Country/Region": f"{ADDRESS}.country", "Industry": "customer.kind", "Company Domain Name": "",
    "Website URL": "customer.web", "Street Address": f"{ADDRESS}.street", "State/Region": f"{ADDRESS}.region",
    "Postal Code": f"{ADDRESS}.postcode", "Lifecycle Stage": "customer.stage",
}  # fmt: skip
HUBSPOT_CONTACTS = {
    "Record ID": "", "First Name": "contact.name.given", "Last Name": "contact.name.family",
    "Email": "contact.email", "Phone Number": "contact.phone", "Mobile Phone Number": "contact.mobile",
    "Job Title": "contact.role", "Company Name": "customer.name", "Contact owner": "customer.assigned_to",
    "Lead Status": "customer.stage", "Associated Company": "", "Associated Company IDs": "customer.code",
}  # fmt: skip
ODOO = {
    "Name": "customer.name", "Street": f"{ADDRESS}.street", "Street2": f"{ADDRESS}.street",
    "City": f"{ADDRESS}.city", "State": f"{ADDRESS}.region", "Zip": f"{ADDRESS}.postcode",
    "Country": f"{ADDRESS}.country", "Phone": "customer.phone", "Email": "customer.email",
    "Website": "customer.web", "Reference": "customer.code", "Tags": "customer.tags",
    "Salesperson": "customer.assigned_to", "Notes": "customer.notes", "Geo Latitude": "customer.position.lat",
    "Geo Longitude": "customer.position.lon", "Credit Limit": "customer.credit_limit",
    "Customer Payment Terms": "customer.payment_terms", "Pricelist": "customer.price_list",
}  # fmt: skip
ODOO_TECHNICAL = {
    "name": "contact.name", "parent_id": "customer.name", "function": "contact.role", "street": f"{ADDRESS}.street",
    "state_id": f"{ADDRESS}.region", "country_id": f"{ADDRESS}.country", "zip": f"{ADDRESS}.postcode",
    "mobile": "contact.mobile", "category_id": "customer.tags", "user_id": "customer.assigned_to",
}  # fmt: skip
ESPO = {
    "name": "customer.name", "website": "customer.web", "emailAddress": "customer.email",
    "phoneNumber": "customer.phone", "billingAddressStreet": f"{ADDRESS}.street",
    "billingAddressCity": f"{ADDRESS}.city", "billingAddressState": f"{ADDRESS}.region",
    "billingAddressCountry": f"{ADDRESS}.country", "billingAddressPostalCode": f"{ADDRESS}.postcode",
    "shippingAddressStreet": "", "description": "customer.notes", "assignedUserName": "customer.assigned_to",
}  # fmt: skip
SUITE = {
    "Name": "customer.name", "Office Phone": "customer.phone", "Billing Street": f"{ADDRESS}.street",
    "Billing Street 2": f"{ADDRESS}.street", "Billing City": f"{ADDRESS}.city",
    "Billing State": f"{ADDRESS}.region", "Billing Postal Code": f"{ADDRESS}.postcode",
    "Billing Country": f"{ADDRESS}.country", "Shipping Street": "", "Email Address": "customer.email",
    "Assigned User Name": "customer.assigned_to", "Description": "customer.notes", "Type": "customer.kind",
    "Date Created": "",
}  # fmt: skip
OUTLOOK = {
    "Title": "contact.role", "First Name": "contact.name.given", "Middle Name": "contact.name.middle",
    "Last Name": "contact.name.family", "Suffix": "contact.name.after", "Company": "customer.name",
    "Business Street": f"{ADDRESS}.street", "Business City": f"{ADDRESS}.city",
    "Business State": f"{ADDRESS}.region", "Business Postal Code": f"{ADDRESS}.postcode",
    "Business Country/Region": f"{ADDRESS}.country", "Home Street": "", "Home City": "",
    "Business Phone": "contact.phone", "Mobile Phone": "contact.mobile", "Company Main Phone": "customer.phone",
    "E-mail Address": "contact.email", "E-mail 2 Address": "", "Birthday": "contact.birthday",
    "Categories": "customer.tags", "Notes": "customer.notes", "Web Page": "customer.web",
}  # fmt: skip
OUTLOOK_ZH = {
    "名": "contact.name.given", "姓": "contact.name.family", "中文称谓": "contact.name.before",
    "单位": "customer.name", "职务": "contact.role", "商务地址 街道": f"{ADDRESS}.street",
    "商务地址 市/县": f"{ADDRESS}.city", "商务地址 省/市/自治区": f"{ADDRESS}.region",
    "商务地址 邮政编码": f"{ADDRESS}.postcode", "商务地址 国家/地区": f"{ADDRESS}.country",
    "住宅地址 街道": "", "商务电话": "contact.phone", "移动电话": "contact.mobile",
    "电子邮件地址": "contact.email", "附注": "customer.notes", "生日": "contact.birthday", "网页": "customer.web",
    "类别": "customer.tags",
}  # fmt: skip
GOOGLE_OLD = {
    "Name": "contact.name", "Given Name": "contact.name.given", "Family Name": "contact.name.family",
    "Birthday": "contact.birthday", "Notes": "customer.notes", "Group Membership": "customer.tags",
    "E-mail 1 - Type": "", "E-mail 1 - Value": "contact.email", "Phone 1 - Value": "contact.phone",
    "Phone 2 - Value": "contact.mobile", "Address 1 - Formatted": "", "Address 1 - Street": f"{ADDRESS}.street",
    "Address 1 - City": f"{ADDRESS}.city", "Address 1 - Postal Code": f"{ADDRESS}.postcode",
    "Address 2 - Street": "", "Organization 1 - Name": "customer.name", "Organization 1 - Title": "contact.role",
    "Website 1 - Value": "customer.web",
}  # fmt: skip
GOOGLE_NEW = {
    "First Name": "contact.name.given", "Last Name": "contact.name.family", "Organization Name": "customer.name",
    "Organization Title": "contact.role", "Labels": "customer.tags", "E-mail 1 - Label": "",
    "E-mail 1 - Value": "contact.email", "Phone 1 - Label": "", "Phone 1 - Value": "contact.phone",
    "Address 1 - Street": f"{ADDRESS}.street", "Address 1 - Extended Address": f"{ADDRESS}.street",
    "Address 1 - Region": f"{ADDRESS}.region", "Photo": "",
}  # fmt: skip
CHINESE = {
    "客户名称": "customer.name", "客户编号": "customer.code", "联系人": "contact.name", "手机": "contact.mobile",
    "电话": "customer.phone", "省份": f"{ADDRESS}.region", "城市": f"{ADDRESS}.city",
    "区县": f"{ADDRESS}.district", "详细地址": f"{ADDRESS}.street", "邮编": f"{ADDRESS}.postcode",
    "客户级别": "customer.tags", "负责人": "customer.assigned_to", "客户状态": "customer.stage",
    "备注": "customer.notes", "微信号": "contact.wechat", "职务": "contact.role", "创建时间": "",
}  # fmt: skip
XIAOSHOUYI = {
    "公司名称（必填）": "customer.name", "客户所有人": "customer.assigned_to", "公司电话": "customer.phone",
    "公司网址": "customer.web", "公司地址": f"{ADDRESS}.street", "省份": f"{ADDRESS}.region",
    "城市": f"{ADDRESS}.city", "邮政编码": f"{ADDRESS}.postcode", "行业": "customer.kind",
}  # fmt: skip
WECOM = {
    "客户名称": "customer.name", "添加人": "customer.assigned_to", "添加时间": "", "标签": "customer.tags",
    "手机号": "customer.phone", "备注": "customer.notes",
}  # fmt: skip


@pytest.mark.parametrize(
    "expected",
    [
        SALESFORCE_ACCOUNTS, SALESFORCE_API, SALESFORCE_CONTACTS, HUBSPOT_COMPANIES, HUBSPOT_CONTACTS, ODOO,
        ODOO_TECHNICAL, ESPO, SUITE, OUTLOOK, OUTLOOK_ZH, GOOGLE_OLD, GOOGLE_NEW, CHINESE, XIAOSHOUYI, WECOM,
    ],
    ids=[
        "Salesforce accounts", "Salesforce API names", "Salesforce contacts", "HubSpot companies",
        "HubSpot contacts", "Odoo", "Odoo technical", "EspoCRM", "SuiteCRM", "Outlook", "Outlook Chinese",
        "Google old", "Google new", "Chinese", "Xiaoshouyi", "WeCom",
    ],
)  # fmt: skip
def test_exports_of_other_programs(expected: dict[str, str]) -> None:
    assert mapped(list(expected)) == {column: path for column, path in expected.items() if path}


def test_for_contacts_a_plain_name_is_the_persons() -> None:
    assert mapped(["Name", "Company", "Email", "Phone", "Notes"], "contacts") == {
        "Name": "contact.name",
        "Company": "customer.name",
        "Email": "contact.email",
        "Phone": "contact.phone",
        "Notes": "contact.notes",
    }


def test_unknown_headings_are_guessed_from_what_is_in_them() -> None:
    samples = [
        Row(n, n, (f"Café {n}", f"c{n}@example.com", f"+49 30 12345{n:02}", f"www.c{n}.example.com", "x"))
        for n in range(2, 12)
    ]
    found = guess(["Betrieb", "Kontaktweg", "Nr.", "Netz", "y"], samples, "customers", KNOWN)
    assert found.targets == ("customer.name", "customer.email", "customer.phone", "customer.web", "")
    assert set(found.by) == {BY_CONTENT, ""}


def test_a_person_decides_over_any_guess() -> None:
    found = guess(["name", "city"], [], "customers", KNOWN)
    moved = found.mapped("city", "name", KNOWN)
    assert moved.targets == ("", "customer.name")
    assert found.mapped("CITY", "customer.address.region", KNOWN).targets[1] == "customer.address.region"
    assert found.mapped("city", "", KNOWN).targets[1] == ""
    with pytest.raises(Invalid, match="no column “town”"):
        found.mapped("town", "name", KNOWN)
    with pytest.raises(Invalid, match="no field “colour”"):
        found.mapped("city", "colour", KNOWN)


def test_fields_are_found_by_path_name_part_and_label() -> None:
    for name in ("customer.phone", "phone", "Phone"):
        assert paths.path_of(name, "customer", KNOWN) == "customer.phone"
    assert paths.path_of("phone", "contact", KNOWN) == "contact.phone"
    assert paths.path_of("lat", "customer", KNOWN) == "customer.position.lat"
    assert paths.path_of("wechat", "customer", KNOWN) == "contact.wechat"


def test_the_reason_of_a_rejection_is_never_taken() -> None:
    assert REASON not in mapped([REASON, "name"])


def test_our_own_headings_are_exact() -> None:
    found = guess(["customer.id", "customer.tags", "customer.address.city"], [], "customers", KNOWN)
    assert found.is_own and found.targets == ("customer.id", "customer.tags", "customer.address.city")


def test_every_path_of_the_table_exists() -> None:
    for heading, (path, _rank) in headings.table().items():
        assert path == "-" or path.startswith("@") or paths.is_path(path, KNOWN), (heading, path)
