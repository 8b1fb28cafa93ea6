"""ISO 639: what a language model's label is called by the project (ISO 639-1, else ISO 639-3)."""

from collections.abc import Mapping

# ISO 639-3 code:ISO 639-1 code, individual languages that stand for their macrolanguage too (`arb`, `cmn`, `zsm`), as
# in the language aliases of CLDR 47 (Unicode-3.0); and three more: Bokmål is `no` as in fastText's models, Tagalog and
# Filipino are `tl`.
_TWO_LETTERS = """
    aar:aa abk:ab afr:af aka:ak als:sq amh:am ara:ar arb:ar arg:an asm:as ava:av ave:ae aym:ay ayr:ay aze:az azj:az
    bak:ba bam:bm bel:be ben:bn bis:bi bod:bo bos:bs bre:br bul:bg cat:ca ces:cs cha:ch che:ce chu:cu chv:cv cmn:zh
    cor:kw cos:co cre:cr cym:cy dan:da deu:de div:dv dzo:dz ekk:et ell:el eng:en epo:eo est:et eus:eu ewe:ee fao:fo
    fas:fa fij:fj fil:tl fin:fi fra:fr fry:fy fuc:ff ful:ff gaz:om gla:gd gle:ga glg:gl glv:gv grn:gn gug:gn guj:gu
    hat:ht hau:ha heb:he her:hz hin:hi hmo:ho hrv:hr hun:hu hye:hy ibo:ig ido:io iii:ii ike:iu iku:iu ile:ie ina:ia
    ind:id ipk:ik isl:is ita:it jav:jv jpn:ja kal:kl kan:kn kas:ks kat:ka kau:kr kaz:kk khk:mn khm:km kik:ki kin:rw
    kir:ky kmr:ku knc:kr kng:kg kom:kv kon:kg kor:ko kpv:kv kua:kj kur:ku lao:lo lat:la lav:lv lim:li lin:ln lit:lt
    ltz:lb lub:lu lug:lg lvs:lv mah:mh mal:ml mar:mr mkd:mk mlg:mg mlt:mt mon:mn mri:mi msa:ms mya:my nau:na nav:nv
    nbl:nr nde:nd ndo:ng nep:ne nld:nl nno:nn nob:no nor:no npi:ne nya:ny oci:oc oji:oj ori:or orm:om ory:or oss:os
    pan:pa pes:fa pli:pi plt:mg pol:pl por:pt pus:ps que:qu roh:rm ron:ro run:rn rus:ru sag:sg san:sa sin:si slk:sk
    slv:sl sme:se smo:sm sna:sn snd:sd som:so sot:st spa:es sqi:sq src:sc srd:sc srp:sr ssw:ss sun:su swa:sw swe:sv
    swh:sw tah:ty tam:ta tat:tt tel:te tgk:tg tgl:tl tha:th tir:ti ton:to tsn:tn tso:ts tuk:tk tur:tr uig:ug ukr:uk
    urd:ur uzb:uz uzn:uz ven:ve vie:vi vol:vo wln:wa wol:wo xho:xh ydd:yi yid:yi yor:yo zha:za zho:zh zsm:ms zul:zu
"""
_SHORT: Mapping[str, str] = dict(pair.split(":") for pair in _TWO_LETTERS.split())

# fastText's labels are the names of Wikipedias, which are ISO 639 codes but for this one: there `als` is Alemannic, in
# ISO 639-3 it is Tosk Albanian. py3langid's are ISO 639 codes, two of them of three letters where there are two.
_WIKIPEDIAS: Mapping[str, str] = {"als": "gsw", "gug": "gn", "kik": "ki"}


def language_of(label: str) -> tuple[str, str | None]:
    """Return the language code and the ISO 15924 script, where the label tells it, of ``label``.

    ``__label__de`` and ``de`` are labels after Wikipedias, ``__label__deu_Latn`` (GlotLID, NLLB, OpenLID) is ISO 639-3
    with a script.
    """
    code, _, script = label.removeprefix("__label__").partition("_")
    if script:
        return _SHORT.get(code, code), script
    return _WIKIPEDIAS.get(code, code), None
