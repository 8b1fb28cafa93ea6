"""Words of MediaWiki in the languages of its larger wikis: namespaces, languages, how a file is shown."""

# Canonical name and the local ones of Wikipedias (https://www.mediawiki.org/wiki/Help:Namespaces).
_CATEGORIES = (
    "categoria categorie category categoría catégorie flokkur kategooria kategori kategoria kategorie "
    "kategorija kategorio kategória kateqoriya luokka κατηγορία категори категория категорија "
    "категорія санат կատեգորիա קטגוריה تصنيف رده زمرہ श्रेणी বিষয়শ্রেণী வகை వర్గం വർഗ്ഗം หมวดหมู่ "
    "კატეგორია カテゴリ 分类 分類 분류"
)
CATEGORIES = frozenset(_CATEGORIES.split()) | {"thể loại", "thể_loại"}
# A link into any other namespace whose name ends like one of these is to a file too: every local name is covered.
FILES = frozenset({"file", "image"})
MEDIA_SUFFIXES = (
    ".apng", ".djvu", ".flac", ".gif", ".jfif", ".jp2", ".jpeg", ".jpg", ".mid", ".midi", ".mp3", ".mpeg", ".mpg",
    ".oga", ".ogg", ".ogv", ".opus", ".pdf", ".png", ".stl", ".svg", ".tif", ".tiff", ".wav", ".webm", ".webp", ".xcf",
)  # fmt: skip
_TALKED_OF = frozenset({"file", "help", "mediawiki", "module", "portal", "project", "template", "user", "category"})
NAMESPACES = (
    CATEGORIES | FILES | _TALKED_OF | {f"{space} talk" for space in _TALKED_OF} | {"draft", "media", "special", "talk"}
)
# Codes of the languages of Wikipedia (https://meta.wikimedia.org/wiki/List_of_Wikipedias).
_LANGUAGES = (
    "aa ab ace ady af ak als am an ang ar arc ary arz as ast atj av avk awa ay az azb ba ban bar bat-smg bcl be "
    "be-tarask be-x-old bg bh bi bjn blk bm bn bo bpy br bs bug bxr ca cbk-zam cdo ce ceb ch cho chr chy ckb co cr "
    "crh cs csb cu cv cy da dag de din diq dsb dty dv dz ee el eml en eo es et eu ext fa ff fi fiu-vro fj fo fr "
    "frp frr fur fy ga gag gan gcr gd gl glk gn gom gor got gu guw gv ha hak haw he hi hif ho hr hsb ht hu hy hyw "
    "hz ia id ie ig ii ik ilo inh io is it iu ja jam jbo jv ka kaa kab kbd kbp kg ki kj kk kl km kn ko koi kr krc "
    "ks ksh ku kv kw ky la lad lb lbe lez lfn lg li lij lld lmo ln lo lrc lt ltg lv mad mai map-bms mdf mg mh mhr "
    "mi min mk ml mn mni mnw mo mr mrj ms mt mus mwl my myv mzn na nah nap nds nds-nl ne new ng nl nn no nov nqo "
    "nrm nso nv ny oc olo om or os pa pag pam pap pcd pcm pdc pfl pi pih pl pms pnb pnt ps pt qu rm rmy rn ro roa- "
    "rup roa-tara ru rue rw sa sah sat sc scn sco sd se sg sh shi shn si simple sk skr sl sm smn sn so sq sr srn "
    "ss st stq su sv sw szl szy ta tay tcy te tet tg th ti tk tl tn to tpi tr trv ts tt tum tw ty tyv udm ug uk ur "
    "uz ve vec vep vi vls vo wa war wo wuu xal xh xmf yi yo za zea zh zh-classical zh-min-nan zh-yue zu"
)
LANGUAGES = frozenset(_LANGUAGES.split())
# Options that give a file a caption below it (https://www.mediawiki.org/wiki/Help:Images).
THUMBNAILS = frozenset({"thumb", "thumbnail", "frame", "framed", "enframed"})
# Words between double underscores that steer a page (https://www.mediawiki.org/wiki/Help:Magic_words).
_SWITCHES = (
    "ARCHIVEDTALK DISAMBIG END EXPECTUNUSEDCATEGORY EXPECTUNUSEDTEMPLATE EXPECTWITHOUTSCANS FORCETOC HIDDENCAT "
    "INDEX NEWSECTIONLINK NOCC NOCONTENTCONVERT NOEDITSECTION NOGALLERY NOGLOBAL NOINDEX NONEWSECTIONLINK NOTALK "
    "NOTC NOTITLECONVERT NOTOC START STATICREDIRECT TOC"
)
SWITCHES = frozenset(_SWITCHES.split())
# Those of them that may be written in any case.
ANY_CASE = frozenset(
    {"FORCETOC", "NOCC", "NOCONTENTCONVERT", "NOEDITSECTION", "NOGALLERY", "NOTC", "NOTITLECONVERT", "NOTOC", "TOC"}
)
