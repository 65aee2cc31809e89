"""What other programs call our fields: one table from heading to field path, and the words for "empty".

Collected from what Salesforce, HubSpot, Odoo, EspoCRM, SuiteCRM, Outlook and Google write into their
exports, in English and Chinese, from 纷享销客, 销售易, 企业微信 and from plain headings. A path is
`customer.phone` or `contact.address.street`; `@phone` means the customer's or the person's, whichever the
file is about. Earlier names of a row are preferred over later ones where a file has several.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

_TABLE = """
customer.name
    Account Name; Company; Company Name; Organization Name; Organisation Name; Organization; Organisation;
    Organization 1 - Name; Business Name; Trading Name; Trade Name; Doing Business As; DBA; DBA Name;
    Customer; Customer Name; Client; Client Name; Account; Store Name; Shop Name; Restaurant; Restaurant Name;
    Facility Name; Establishment Name; Outlet; Outlet Name; Related Company; Related Company/Name;
    Parent Name; Parent Account; parent_id; parent_id/name; Primary Associated Company; Associated Company;
    Associated Company (Primary); Employer; Firm; Firma; Ship To Name; Bill To Name; Display Name (Company);
    客户名称; 客户名; 客户姓名; 客户全称; 客户简称; 公司名称; 公司; 公司名; 企业名称; 企业; 单位名称; 单位;
    店名; 店铺名称; 门店名称; 门店; 餐厅名称; 餐厅; 饭店名称; 商户名称; 商户; 商家名称; 所属客户; 所属公司;
    所属企业; 相关公司; 关联公司; 关联客户; 客户企业; 企业简称; 名称（客户）; 主体公司; 组织; 组织名称
@name
    Name; Display Name; Complete Name; Full Name / Company; File As; 名称; 显示名称; 全称; 抬头
customer.legal_name
    Legal Name; Legal Entity; Registered Name; Owner Name (Legal); Company Legal Name; Invoice Name;
    法定名称; 法人名称; 公司全称; 企业全称; 注册名称; 工商名称; 工商全称; 开票名称; 发票抬头; 营业执照名称
customer.code
    Customer Code; Customer Number; Customer No; Customer No.; Customer #; CustomerID; Customer ID; Cust ID;
    Cust No; Client Code; Client Number; Client No; Client ID; Account Number; Account No; Account Code;
    Business ID; business_id; Internal Reference; Reference; Ref; Company Code; Vendor Code; Debtor Number;
    Debitor; Kundennummer; Kunden-Nr.; External ID; Company ID; Organization ID; Organizational ID Number;
    Associated Company IDs; Associated Company IDs (Primary); Account ID; AccountId; Store ID; Store Number;
    Store No; Outlet ID; Facility ID; Code;
    客户编号; 客户编码; 客户代码; 客户代号; 客户号; 客户ID; 编号; 编码; 代码; 门店编号; 门店编码; 店铺编号;
    商户编号; 商户号; 企业编号; 公司编号; 内部参考; 参考; 外部ID; 档案编号; 往来单位编码; 单位编码; 账号编号
@id
    ID; Record ID; Record ID - Company; Contact ID; ContactId; Lead ID; Record ID - Contact; id; uuid;
    记录ID; 唯一性ID; 唯一标识; 联系人编号; 联系人ID
customer.kind
    Kind of business; Business Type; Type of Business; Customer Type; Company Type; Account Type; Industry;
    Category; Kind; Type; Channel; Segment; Facility Type; Cuisine; Typ;
    客户类型; 客户类别; 客户分类; 企业类型; 公司类型; 行业; 所属行业; 客户行业; 业态; 经营类型; 渠道类型; 类型;
    门店类型; 分类
customer.stage
    Stage; Lifecycle Stage; Lead Status; Customer Status; Account Status; Status; Life-cycle Stage;
    客户阶段; 客户状态; 生命周期阶段; 生命周期状态; 阶段; 状态; 成交状态; 跟进状态; 客户生命状态
customer.address
    Full Address; Complete Address; Mailing Address (Full); 完整地址
customer.address.street
    Billing Street; Billing Address Street; Billing Address Line 1; Billing Street 2; Billing Address Line 2;
    Billing Street 3; Billing Street 4; Mailing Street; Business Street; Business Street 2;
    Business Street 3; Business Address Street; Primary Address Street; Primary Address Street 2;
    Primary Address Street 3; Street; Street Address; Street 2; Street2; Street Address 2; Street 3;
    Address; Address Line 1; Address Line 2; Address Line 3; Address1; Address2; Address3; Address 1;
    Address 2; Address 1 - Street; Address 1 - Extended Address; Address 1 - PO Box; Billing Address;
    Primary Address; Location Address; Work Address; Office Address; Street Name; Strasse; Straße; Adresse;
    Shipping Street; Shipping Address Street; Shipping Street 2; Shipping Address Line 1;
    Shipping Address Line 2; Shipping Address; Delivery Address; Delivery Street; Delivery Address Line 1;
    Alternate Address Street; Alt Address Street; Address 2 - Street; Other Street; Home Street;
    Home Street 2; Home Street 3; Other Street 2; Other Street 3;
    街; 街道; 街道 2; 街道2; 地址; 详细地址; 客户地址; 公司地址; 企业地址; 单位地址; 办公地址; 联系地址;
    通讯地址; 通信地址; 门店地址; 店铺地址; 经营地址; 注册地址; 开票地址; 账单地址; 账单地址 街道; 账单街道;
    账单邮寄街道; 开单街道; 开单地址; 开单地址 街道; 商务地址 街道; 商务地址 街道 2; 商务地址 街道 3; 发货地址;
    发货街道; 送货地址; 收货地址; 配送地址; 邮寄地址; 邮寄街道; 邮寄地址 街道; 其他地址 街道; 住宅地址 街道;
    住宅地址 街道 2; 家庭地址; 公司所在街道; 定位; 地点
customer.address.district
    District; County; Suburb; Neighborhood; Neighbourhood; 区; 区县; 区/县; 县; 县区; 县/区; 所在区; 行政区;
    镇; 乡镇; 街道办
customer.address.city
    Billing City; Billing Address City; Mailing City; Business City; Business Address City;
    Primary Address City; City; Town; City/Town; Town/City; Location City; Address 1 - City; Ort; Stadt;
    Shipping City; Shipping Address City; Delivery City; Alternate Address City; Alt Address City;
    Address 2 - City; Other City; Home City;
    城市; 市; 所在城市; 所在市; 地级市; 城市名称; 账单城市; 账单地址 城市; 账单邮寄城市; 开单城市;
    商务地址 市/县; 商务地址 城市; 发货城市; 邮寄城市; 邮寄地址 城市; 收货城市; 其他地址 市/县; 住宅地址 市/县
customer.address.region
    Billing State/Province; Billing State; Billing Address State; Billing Province; Billing Region;
    Mailing State/Province; Mailing State; Business State; Business Address State; Primary Address State;
    State; State/Province; State/Region; Province; Region; State Code; State/Region Code; state_id; Bundesland; Canton;
    Prefecture; Address 1 - Region; Shipping State/Province; Shipping State; Shipping Address State;
    Delivery State; Alternate Address State; Alt Address State; Address 2 - Region; Other State; Home State;
    省; 省份; 州; 州/省; 省/州; 所在省; 所在省份; 省/自治区; 省/市; 省/直辖市; 省市; 省/市/自治区; 账单省份;
    账单州/省; 账单邮寄省/市/自治区; 开单省份; 商务地址 省/市/自治区; 商务地址 省; 发货省份; 邮寄省份;
    其他地址 省/市/自治区; 住宅地址 省/市/自治区; 地区; 区域; 省市区
customer.address.postcode
    Billing Zip/Postal Code; Billing Postal Code; Billing Zip; Billing PostalCode; Billing Address Postalcode;
    Mailing Zip/Postal Code; Mailing Postal Code; Mailing Zip; Business Postal Code;
    Business Address Postal Code; Primary Address Postalcode; Primary Address Postal Code; Postal Code;
    Postcode; Post Code; Zip; Zip Code; Zip/Postal Code; Zipcode; PLZ; Postleitzahl; Location Zip;
    Address 1 - Postal Code; Shipping Zip/Postal Code; Shipping Postal Code; Shipping Zip;
    Shipping Address Postalcode; Delivery Postcode; Alternate Address Postalcode; Alt Address Postalcode;
    Address 2 - Postal Code; Other Postal Code; Home Postal Code;
    邮编; 邮政编码; 邮码; 邮递区号; 账单邮编; 账单邮政编码; 账单邮寄邮政编码; 开单邮编; 商务地址 邮政编码;
    商务地址 邮编; 公司所在地邮政编码; 公司邮编; 单位邮编; 发货邮编; 邮寄邮编; 邮寄邮政编码;
    其他地址 邮政编码; 住宅地址 邮政编码
customer.address.country
    Billing Country; Billing Address Country; Billing Country/Region; Mailing Country; Business Country;
    Business Country/Region; Business Address Country; Primary Address Country; Country; Country/Region;
    Country Code; country_id; Land; Address 1 - Country; Shipping Country; Shipping Address Country; Delivery Country;
    Alternate Address Country; Alt Address Country; Address 2 - Country; Other Country;
    Other Country/Region; Home Country; Home Country/Region;
    国家; 国家/地区; 国家地区; 国别; 所在国家; 账单国家; 账单国家/地区; 开单国家; 商务地址 国家/地区; 发货国家;
    邮寄国家; 其他地址 国家/地区; 住宅地址 国家/地区
customer.position
    Coordinates; Geolocation; Geo Location; Lat/Long; Lat Long; LatLng; Position; GPS; Point; Location;
    坐标; 经纬度; 定位坐标; 地理坐标; 位置
customer.position.lat
    Billing Latitude; Latitude; Lat; Geo Latitude; Partner Latitude; Address Latitude; Y Coordinate;
    Shipping Latitude; 纬度; 地理纬度; 维度
customer.position.lon
    Billing Longitude; Longitude; Lon; Lng; Long; Geo Longitude; Partner Longitude; Address Longitude;
    X Coordinate; Shipping Longitude; 经度; 地理经度
customer.windows
    Delivery Windows; Delivery Window; Delivery Times; 送货时间段; 收货时段; 配送时段
customer.access
    Access Notes; Delivery Notes; Delivery Instructions; Access Instructions; 收货说明; 送货说明; 配送备注;
    送货备注
customer.phone
    Account Phone; Company Phone; Company Main Phone; Company Phone Number; Main Phone; Office Phone;
    Phone Office; Switchboard; Store Phone; Shop Phone; Customer Phone; Business Phone Number;
    公司电话; 企业电话; 单位电话; 单位主要电话; 客户电话; 办公电话; 座机; 座机电话; 固定电话; 固话; 总机;
    门店电话; 店铺电话; 公司座机; 企业联系电话
@phone
    Phone; Phone Number; Telephone; Telephone Number; Tel; Tel.; Business Phone; Work Phone; Phone Work;
    Phone 1 - Value; Primary Phone; Telefon; Direct Phone; Business Phone 2; Phone 2; Phone Alternate;
    Alternate Phone; Other Phone; Home Phone; Assistant Phone;
    电话; 电话号码; 联系电话; 电话1; 联系方式; 商务电话; 工作电话; 电话（办公）; 主要电话; 业务电话; 电话2; 商务电话 2;
    其他电话; 住宅电话; 家庭电话
contact.phone
    Contact Phone; Contact Phone Number; Contact Telephone; 联系人电话; 联系人座机; 联系人联系方式
contact.mobile
    Mobile; Mobile Phone; Mobile Phone Number; Mobile Number; Cell; Cell Phone; Cellphone; Phone Mobile;
    Contact Mobile; Handy; Mobil; Phone 2 - Value; Phone (Mobile); Phone Number Mobile; WhatsApp Phone Number;
    手机; 手机号; 手机号码; 移动电话; 移动手机; 联系人手机; 联系人手机号; 电话（手机）; 手机1; 绑定手机
@email
    Email; E-mail; Email Address; E-mail Address; Mail; E-Mail-Adresse; Email 1; E-mail 1 - Value;
    Primary Email; Work Email; Email1; Email 1 Address; Email Addresses; Business Email; E-mail 2 Address;
    E-mail 2 - Value; Secondary Email; Other Email; Email 2; E-mail 3 Address; E-mail 3 - Value;
    邮箱; 电子邮件; 电子邮箱; 邮箱地址; 电子邮件地址; Email地址; 邮件; 邮件地址; 电邮; 工作邮箱; 企业邮箱;
    电子邮件 2 地址; 电子邮件 3 地址
customer.email
    Company Email; Account Email; Customer Email; Invoice Email; Order Email; Office Email; Store Email;
    公司邮箱; 客户邮箱; 单位邮箱
contact.email
    Contact Email; Contact E-mail; 联系人邮箱; 联系人电子邮件; 联系人邮件
customer.web
    Website; Website URL; Web; Web Page; Web Site; Homepage; Home Page; URL; Company Domain Name; Domain;
    Website 1 - Value; Personal Web Page; Webseite; Company Website;
    网站; 网址; 官网; 公司网站; 公司网址; 企业官网; 网页; 公司主页; 主页; 官方网站
customer.assigned_to
    Assigned To; Assigned User; Assigned User Name; Account Owner; Company Owner; Contact Owner; Lead Owner;
    Record Owner; HubSpot Owner; Owner; Owner Name; Salesperson; Sales Person; Sales Rep; Sales
    Representative; Account Manager; Rep; User; user_id; Responsible; Owner Full Name;
    负责人; 客户负责人; 客户所有人; 所有人; 拥有者; 归属人; 跟进人; 跟进成员; 业务员; 销售员; 销售; 销售代表;
    客户经理; 业务负责人; 已指派用户; 指派给; 分配给; 添加人; 所属销售; 所属业务员; 维护人
customer.payment_terms
    Payment Terms; Payment Term; Customer Payment Terms; Terms; Terms of Payment; Zahlungsbedingungen;
    付款条件; 结算方式; 账期; 付款方式; 支付条款; 客户付款条款; 付款条款; 结款方式
customer.price_list
    Price List; Pricelist; Price Level; Price Group; Price Book; 价格表; 价目表; 价格等级; 价格组; 报价级别
customer.tags
    Tags; Tag; Labels; Categories; Keywords; Group Membership; Groups; category_id; Target Lists; Priority;
    Customer Level; Customer Group; Account Tier; Tier;
    标签; 客户标签; 企业标签; 个人标签; 关键词; 类别; 分组; 客户分组; 客户级别; 客户等级; 级别; 等级; 标签组
customer.notes
    Account Description; Company Description; Customer Notes; Account Notes; About Us; Company Notes;
    客户备注; 公司简介; 企业简介; 客户简介; 客户描述; 客户说明
@notes
    Notes; Note; Description; Comment; Comments; Remark; Remarks; Memo; Internal Notes; Additional
    Information; Bemerkung; Notiz; 备注; 说明; 描述; 附注; 便笺; 内部备注; 备注信息; 备注说明; 其他; 其他信息
customer.credit_limit
    Credit Limit; Creditlimit; Kreditlimit; 信用额度; 授信额度; 信用限额
contact.name
    Contact Name; Contact; Contact Person; Contact Full Name; Primary Contact; Main Contact; Key Contact; Full
    Name; Person; Person Name; Attention; Attn; Ansprechpartner; Owner/Manager; Proprietor; Contacts;
    联系人; 联系人姓名; 联系人名称; 姓名; 主要联系人; 首要联系人; 客户联系人; 联络人; 老板; 店主; 店长; 经理姓名;
    真实姓名; 联系人1; 收货人
contact.name.given
    First Name; Given Name; Contact First Name; Firstname; Forename; Vorname; 名; 名字; 联系人名
contact.name.middle
    Middle Name; Additional Name; 中间名
contact.name.family
    Last Name; Family Name; Surname; Contact Last Name; Lastname; Nachname; 姓; 姓氏; 联系人姓
contact.name.before
    Salutation; Name Prefix; Prefix; Courtesy Title; 称谓; 称呼; 中文称谓; 英文称谓; 前缀
contact.name.after
    Suffix; Name Suffix; 后缀
contact.role
    Contact Title; Job Title; Job Position; Position Title; Title; Role; Function; Contact Role; Job Role;
    Organization Title; Organization 1 - Title; Occupation; Profession;
    职务; 职位; 岗位; 头衔; 职称; 工作岗位; 联系人职务; 联系人职位; 职业; 角色
contact.wechat
    WeChat; WeChat ID; Weixin; 微信; 微信号; 微信账号; 微信ID; 联系人微信
contact.language
    Language; Preferred Language; Language Preference; Lang; 语言; 首选语言; 语种; 沟通语言
contact.birthday
    Birthday; Birthdate; Birth Date; Date of Birth; DOB; Geburtstag; 生日; 出生日期; 出生年月; 联系人生日
contact.notes
    Contact Description; Contact Notes; 联系人备注; 备注名
-
    Fax; Fax Number; Business Fax; Phone Fax; Account Fax; 传真; 商务传真; Created Date; Create Date;
    Created At; Date Created; Date Modified; Last Modified Date; Modified At; Last Activity Date; Created By;
    Modified By; 创建时间; 更新时间; 修改时间; 创建人; 添加时间; 最后跟进时间; 序号; Photo; E-mail Type;
    E-mail Display Name; Gender; 性别; E-mail 1 - Label; E-mail 1 - Type; Phone 1 - Label; Phone 1 - Type;
    Phone 2 - Label; Phone 2 - Type; Address 1 - Label; Address 1 - Type; Address 1 - Formatted;
    Website 1 - Label; Website 1 - Type; Deleted; Annual Revenue; Number of Employees; Department; 部门
"""

EMPTY_WORDS = frozenset(
    {"null", "(null)", "<null>", "[null]", "\\n", "n/a", "#n/a", "#ref!", "#value!", "#name?"}
)
"""Whole cells that programs write for nothing, whatever the case. Compared without regard to case."""

EMPTY_SIGNS = frozenset(
    {"none", "nil", "-", "--", "---", "–", "—", "——", "/", "无", "暂无", "空", "未填写", "未知"}
)
"""Whole cells that people write for nothing; in a column of names they are taken at their word."""

_NOTE = re.compile(
    r"[(（\[【](?:必填|选填|可选|required|optional|mandatory)[^)）\]】]*[)）\]】]", re.IGNORECASE
)


@cache
def table() -> dict[str, tuple[str, int]]:
    """Normalised heading → (path, rank); a smaller rank is preferred."""
    names: dict[str, tuple[str, int]] = {}
    path = ""
    rank = 0
    text = re.sub(r"\n {4}", " ", _TABLE.strip())
    for line in text.split("\n"):
        path, _space, listed = line.partition(" ")
        for rank, name in enumerate(re.split(r";\s*", re.sub(r"\s+", " ", listed.strip()))):
            if name:
                names.setdefault(normal(name), (path, rank))
    return names


def normal(heading: str) -> str:
    """A heading without case, accents of width, marks of duty, punctuation and spaces."""
    text = unicodedata.normalize("NFKC", _NOTE.sub("", heading)).casefold()
    return "".join(char for char in text if char.isalnum() or char == "#") or text.strip()


def is_known(heading: str) -> bool:
    """Whether a heading is in the table, or is a path of our own."""
    return bool(OWN.fullmatch(heading.strip())) or heading == "provender:reason" or normal(heading) in table()


OWN = re.compile(r"(customer|contact|site|activity)\.([a-z_]+(?:\.[a-z]+)?|x:[0-9a-z]+)")
"""A heading of our own export: `customer.address.street`, `contact.birthday`, `customer.x:ab…`."""
