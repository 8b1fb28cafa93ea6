"""Evaluation items in German, Turkish, French and Chinese, made by a grammar: other letters, cases and no spaces."""
# ruff: noqa: RUF001 - the Turkish letter without a dot is what is tested

import random
from collections.abc import Callable

_GERMAN = (
    ("Käthe", "Jürgen", "Sören", "Ulrike", "Matthäus", "Grete", "Löhr", "Wiebke"),
    ("Gießbach", "Straßfurt", "Überlohe", "Mühlgrund", "Äschenthal", "Rößlau", "Finsterried", "Odersitz"),
    ("süße Äpfel", "große Körbe", "weiße Tücher", "grüne Gläser", "Meißel", "Süßkirschen", "Fässer", "Spieße"),
)
_TURKISH = (
    ("Işıl", "İpek", "Çağrı", "Gülşen", "Halit", "Sıdıka", "Yiğit", "Nazlı"),
    ("Ilıcapınar", "İncirdere", "Kızılova", "Şirinköy", "Ağaçlıdağ", "Çıkrıklı", "Yenikıyı", "Balıkçılar"),
    ("kırmızı elma", "ışıklı fener", "sırlı çini", "yıllık peynir", "ipek kuşak", "bakır ibrik", "kilim", "kayık"),
)
_FRENCH = (
    ("Océane", "Gaëlle", "Thibault", "Éloïse", "Maël", "Zélie", "Anaïs", "Côme"),
    ("Vaux-l'Étang", "Roche-aux-Fées", "Saint-Élan", "Brézolles-le-Haut", "Pont-d'Ambre", "Cœurville", "Hêtraie"),
    ("paniers d'œufs", "pots de crème", "gâteaux", "bougies dorées", "lanternes", "bêches", "tonneaux", "rubans"),
)
_CHINESE = (
    ("沈秋禾", "陆怀瑾", "温如玉", "顾北辰", "苏念安", "叶知秋", "韩松溪", "白若溪"),
    ("青石渡", "落霞镇", "云梦桥", "白鹭洲", "听雨村", "枫林口", "月牙湾", "古槐坡"),
    ("竹篮", "灯笼", "茶壶", "风筝", "木梳", "油伞", "瓷碗", "草鞋"),
)

Slots = tuple[tuple[str, ...], ...]


def german(chance: random.Random) -> str:
    """Return a word problem in German, with sharp s and umlauts."""
    one, other, place, goods = _drawn(_GERMAN, chance)
    return (
        f"{one} fährt am {chance.randint(2, 28)}. Mai mit {chance.randint(30, 99)} Kisten über die Straße nach "
        f"{place} und verkauft dort {goods} zu je {chance.randint(3, 29)} Kreuzern. {other} weiß, dass davon "
        f"{chance.randint(4, 25)} Kisten naß geworden sind. Wie groß ist der Erlös, den {one} am Abend heimbringt?"
    )


def turkish(chance: random.Random) -> str:
    """Return a word problem in Turkish, with the i without and the capital with a dot."""
    one, other, place, goods = _drawn(_TURKISH, chance)
    return (
        f"{one}, {place} pazarında sabah {chance.randint(20, 95)} tane {goods} satıyor ve her biri için "
        f"{chance.randint(3, 40)} lira alıyor. İkindi vakti {other} kalan malların {chance.randint(2, 18)} tanesini "
        f"ısmarlıyor, fakat {chance.randint(2, 9)} tanesi kırık çıkıyor. {one} akşam kaç lirayla köyüne dönüyor?"
    )


def french(chance: random.Random) -> str:
    """Return a word problem in French, with accents, ligatures and elisions."""
    one, other, place, goods = _drawn(_FRENCH, chance)
    return (
        f"À la foire de {place}, {one} a préparé {chance.randint(30, 99)} {goods} qu'elle cède à "
        f"{chance.randint(3, 29)} écus la pièce. Vers midi, {other} en achète {chance.randint(4, 25)}, mais en "
        f"rapporte {chance.randint(2, 9)} parce qu'ils sont abîmés. Quelle somme "
        f"reste-t-il à {one} une fois l'étal replié ?"
    )


def chinese(chance: random.Random) -> str:
    """Return a word problem in Chinese, which is written without spaces."""
    one, other, place, goods = _drawn(_CHINESE, chance)
    return (
        f"清晨,{one}挑着{chance.randint(30, 99)}只{goods}到{place}的集市上叫卖,每只售价{chance.randint(3, 29)}文。"
        f"晌午时分{other}买走了{chance.randint(4, 25)}只,后来又因破损退回{chance.randint(2, 9)}只。"
        f"天黑收摊的时候,{one}一共得了多少文钱?"
    )


TONGUES: tuple[Callable[[random.Random], str], ...] = (german, turkish, french, chinese)


def _drawn(slots: Slots, chance: random.Random) -> tuple[str, str, str, str]:
    people, places, goods = slots
    one, other = chance.sample(people, 2)
    return one, other, chance.choice(places), chance.choice(goods)
