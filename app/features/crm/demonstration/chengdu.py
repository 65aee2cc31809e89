"""Businesses and people of a made-up Chengdu: streets are invented, districts are where they are.

China sets no telephone numbers aside for fiction. These have a form that the network never assigns: no
mobile number begins with 109, and no local number with 0.
"""

from __future__ import annotations

from random import Random

from app.features.crm.demonstration.chinese import CHINESE
from app.features.crm.demonstration.city import Business, City, Person, Place, Rep, pick
from app.model.pinyin import readings
from app.model.values import Address, Position

DISTRICTS = (
    ("锦江区", "610021", 30_657_000, 104_083_000), ("青羊区", "610015", 30_674_000, 104_052_000),
    ("金牛区", "610036", 30_694_000, 104_048_000), ("武侯区", "610041", 30_639_000, 104_051_000),
    ("成华区", "610051", 30_668_000, 104_103_000), ("高新区", "610094", 30_582_000, 104_064_000),
    ("龙泉驿区", "610100", 30_557_000, 104_268_000), ("双流区", "610200", 30_577_000, 103_926_000),
    ("郫都区", "611730", 30_808_000, 103_888_000), ("温江区", "611130", 30_691_000, 103_842_000),
)  # fmt: skip
STREET_HEADS = (
    "银杏", "芙蓉", "桂溪", "望川", "竹影", "沙渠", "双桥", "梧桐", "清溪", "玉带", "金沙", "锦官", "浣溪", "柳荫", "莲池", "鹤鸣",
    "石羊", "东湖", "麻柳", "红瓦", "青龙", "水碾", "白鹭", "书院", "花径", "盐井", "九里", "万福", "通惠", "紫荆",
)  # fmt: skip
STREET_TAILS = ("路", "路", "街", "街", "巷", "大道", "东路", "西路", "南路", "北街", "中街", "横街")
HEADS = tuple("蜀川锦芙蓉天府江湖岷峨竹桂云巴渝老金福兴顺聚香荣春秋青望玉龙凤鸿泰和丰盛百万")
TAILS = (
    "香",
    "味",
    "府",
    "园",
    "里",
    "江",
    "源",
    "记",
    "轩",
    "阁",
    "舍",
    "坊",
    "宴",
    "居",
    "湾",
    "鲜",
    "悦",
    "华",
    "丰",
    "巷子",
    "码头",
    "食代",
)
SIGNS = {
    "restaurant": ("川菜馆", "火锅", "酒家", "家常菜", "私房菜", "串串香", "面馆", "冒菜", "鱼庄", "烤鱼", "老妈蹄花", "钵钵鸡", "饭店"),
    "cafe": ("咖啡", "茶馆", "茶楼", "咖啡馆", "茶铺"),
    "bakery": ("烘焙坊", "面包房", "蛋糕店", "糕点铺", "饼屋"),
    "hotel": ("酒店", "宾馆", "大酒店", "民宿", "度假酒店"),
    "canteen": ("小学食堂", "中学食堂", "科技园员工食堂", "医院食堂", "幼儿园食堂", "职工食堂"),
    "caterer": ("团餐", "餐饮配送", "宴席", "盒饭"),
    "retailer": ("便利店", "生鲜超市", "水果店", "副食店", "超市"),
    "wholesaler": ("副食批发", "农产品批发", "水产批发", "冻品批发"),
}  # fmt: skip
COMPANIES = {
    "canteen": "后勤服务有限公司", "hotel": "酒店管理有限公司", "retailer": "商贸有限公司", "wholesaler": "农产品有限公司",
    "bakery": "食品有限公司",
}  # fmt: skip
FAMILIES = tuple(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶余单解"
)
GIVEN_F = (
    "佳丽",
    "敏",
    "静",
    "雪梅",
    "晓燕",
    "雨欣",
    "秀英",
    "丽娟",
    "芳",
    "思琪",
    "玉兰",
    "晓霞",
    "婷",
    "慧",
    "春梅",
    "小红",
    "莉",
    "倩",
)
GIVEN_M = (
    "强",
    "建国",
    "伟",
    "志明",
    "浩然",
    "勇",
    "晓东",
    "文斌",
    "俊",
    "国华",
    "海波",
    "天佑",
    "永福",
    "德胜",
    "鹏",
    "明",
    "光荣",
    "涛",
)
ROLES = {
    "canteen": ("食堂主管", "采购员", "后勤主任"),
    "hotel": ("餐饮部经理", "采购经理", "行政总厨"),
    "retailer": ("老板", "店长", "收银主管"),
    "wholesaler": ("老板", "仓库主管", "会计"),
}  # fmt: skip
USUAL_ROLES = ("老板", "厨师长", "店长")


def _business(rng: Random, kind: str, district: str) -> Business:
    sign = pick(rng, SIGNS[kind])
    family = ""
    if kind in ("restaurant", "bakery", "cafe") and rng.random() < 0.3:
        family = pick(rng, FAMILIES)
        brand = pick(rng, (f"{family}记", f"老{family}", f"{family}氏", f"{family}家"))
    else:
        brand = pick(rng, HEADS) + pick(rng, TAILS)
    name = brand + sign
    if rng.random() < 0.2:
        name = f"{name}（{pick(rng, STREET_HEADS)}店）"
    if kind in ("restaurant", "cafe") and rng.random() < 0.4:
        legal = f"成都市{district}{brand}餐饮店"
    else:
        legal = f"成都{brand}{COMPANIES.get(kind, '餐饮管理有限公司')}"
    return Business(name, legal, "zh", family, _letters(brand + sign[:2]))


def _place(rng: Random) -> Place:
    name, postcode, lat, lon = DISTRICTS[int(rng.random() * len(DISTRICTS))]
    head, tail = int(rng.random() * len(STREET_HEADS)), STREET_TAILS.index(pick(rng, STREET_TAILS))
    number = 1 + int(rng.random() ** 2 * 400)
    # A street has its place in the district, and its houses lie along it.
    along = number * 12
    east = ((head * 7919 + tail * 104_729) % 9_000) - 4_500
    north = ((head * 6_151 + tail * 15_485) % 8_000) - 4_000
    position = Position(lat + north + (along if head % 2 else 0), lon + east + (0 if head % 2 else along))
    # A district stands before the street.
    street = f"{name}{STREET_HEADS[head]}{STREET_TAILS[tail]}{number}号"
    return Place(Address(street, postcode, "成都", "四川", "中国"), position, name)


def _person(rng: Random, business: Business, kind: str, place: int) -> Person:
    is_woman = rng.random() < 0.48
    family = business.family if place == 0 and business.family else pick(rng, FAMILIES)
    given = pick(rng, GIVEN_F if is_woman else GIVEN_M)
    role = ROLES.get(kind, USUAL_ROLES)[place]
    called = family + {"老板": "老板", "厨师长": "厨师长", "店长": "店长"}.get(
        role, "姐" if is_woman else "哥"
    )
    return Person(family + given, called, role, "zh", _letters(family + given), rng.random() < 0.85)


def _letters(characters: str) -> str:
    return "".join(readings(characters)[0]).replace("v", "u")


def _landline(rng: Random) -> str:
    return f"+86 28 0{int(rng.random() * 1e3):03} {int(rng.random() * 1e4):04}"


def _mobile(rng: Random) -> str:
    return f"+86 109 {int(rng.random() * 1e4):04} {int(rng.random() * 1e4):04}"


CHENGDU = City(
    code="CD",
    currency="CNY",
    reps=(Rep("陈晓东", CHINESE), Rep("刘敏", CHINESE), Rep("周佳琪", CHINESE)),
    works_on_saturday=True,
    kinds=(
        ("restaurant", 46),
        ("cafe", 8),
        ("bakery", 6),
        ("hotel", 6),
        ("canteen", 13),
        ("caterer", 5),
        ("retailer", 12),
        ("wholesaler", 4),
    ),
    business=_business,
    place=_place,
    person=_person,
    landline=_landline,
    mobile=_mobile,
    tags=(
        "连锁",
        "夜市",
        "清真",
        "素食",
        "大客户",
        "学校",
        "新店",
        "社区",
        "团餐",
        "外卖为主",
        "早市",
        "要发票",
    ),
    price_lists=("餐饮A", "餐饮B", "食堂", "零售"),
    access=(
        "后门收货，按门铃两次",
        "地下车库B2卸货口，限高2.2米",
        "货车停对面，手推车过街",
        "保安处登记，先打电话",
        "冷库在二楼，有货梯",
        "走消防通道，十点后不能卸货",
        "店里没人时放门口保温箱",
    ),
    notes=(
        "对到货时间要求严",
        "喜欢看样品再定",
        "月底结账",
        "只收当天日期的鲜货",
        "老板爱聊天，留足时间",
        "周末包席多",
        "微信回复最快",
        "检验检疫证明随货",
        "旺季提前三天订",
    ),
    credit=(5_000, 10_000, 20_000, 30_000, 50_000, 80_000, 150_000),
    utc_offset_h=lambda _year, _month, _day: 8,
)
