"""Language codes: which of them mean the same language."""

from collections.abc import Sequence

_OF_TWO_LETTERS = """
aa:aar ab:abk ae:ave af:afr ak:aka am:amh an:arg ar:ara as:asm av:ava ay:aym az:aze ba:bak be:bel bg:bul
bi:bis bm:bam bn:ben bo:bod br:bre bs:bos ca:cat ce:che ch:cha co:cos cr:cre cs:ces cu:chu cv:chv cy:cym
da:dan de:deu dv:div dz:dzo ee:ewe el:ell en:eng eo:epo es:spa et:est eu:eus fa:fas ff:ful fi:fin fj:fij
fo:fao fr:fra fy:fry ga:gle gd:gla gl:glg gn:grn gu:guj gv:glv ha:hau he:heb hi:hin ho:hmo hr:hrv ht:hat
hu:hun hy:hye hz:her ia:ina id:ind ie:ile ig:ibo ii:iii ik:ipk io:ido is:isl it:ita iu:iku ja:jpn jv:jav
ka:kat kg:kon ki:kik kj:kua kk:kaz kl:kal km:khm kn:kan ko:kor kr:kau ks:kas ku:kur kv:kom kw:cor ky:kir
la:lat lb:ltz lg:lug li:lim ln:lin lo:lao lt:lit lu:lub lv:lav mg:mlg mh:mah mi:mri mk:mkd ml:mal mn:mon
mr:mar ms:msa mt:mlt my:mya na:nau nb:nob nd:nde ne:nep ng:ndo nl:nld nn:nno no:nor nr:nbl nv:nav ny:nya
oc:oci oj:oji om:orm or:ori os:oss pa:pan pi:pli pl:pol ps:pus pt:por qu:que rm:roh rn:run ro:ron ru:rus
rw:kin sa:san sc:srd sd:snd se:sme sg:sag sh:hbs si:sin sk:slk sl:slv sm:smo sn:sna so:som sq:sqi sr:srp
ss:ssw st:sot su:sun sv:swe sw:swa ta:tam te:tel tg:tgk th:tha ti:tir tk:tuk tl:tgl tn:tsn to:ton tr:tur
ts:tso tt:tat tw:twi ty:tah ug:uig uk:ukr ur:urd uz:uzb ve:ven vi:vie vo:vol wa:wln wo:wol xh:xho yi:yid
yo:yor za:zha zh:zho zu:zul
"""
"""The codes of ISO 639-1, each with its ISO 639-2/T code, as listed by the Library of Congress, the registration
authority of ISO 639-2. The withdrawn `sh` only has an ISO 639-3 code."""
_BIBLIOGRAPHIC = """
alb:sqi arm:hye baq:eus bur:mya chi:zho cze:ces dut:nld fre:fra geo:kat ger:deu gre:ell ice:isl mac:mkd
mao:mri may:msa per:fas rum:ron slo:slk tib:bod wel:cym
"""
"""The twenty ISO 639-2/B codes that differ from those of ISO 639-2/T."""
_WITHDRAWN = "in:ind iw:heb ji:yid scc:srp scr:hrv"
"""Withdrawn codes that programs still write, with their replacements (IANA's language subtag registry, ISO 639-2)."""
_CODES = dict(pair.split(":") for pair in f"{_OF_TWO_LETTERS} {_BIBLIOGRAPHIC} {_WITHDRAWN}".split())


def matching_languages(tags: Sequence[str | None], asked: str) -> list[int]:
    """Return the indices of the tags that match the requested language.

    Tags and `asked` are ISO 639 codes or BCP 47 tags, in upper or lower case. A tag must contain every part of `asked`,
    such as its region. If no tag does, the last part of `asked` is dropped, as in the lookup of RFC 4647, 3.4: `pt-BR`
    finds `pt-BR`, or else every Portuguese tag.
    """
    languages = [None if tag is None else _parts(tag) for tag in tags]
    code, *others = _parts(asked)
    for count in range(len(others), -1, -1):
        wanted = {code, *others[:count]}
        found = [
            number
            for number, parts in enumerate(languages)
            if parts is not None and parts[0] == code and wanted.issubset(parts)
        ]
        if found:
            return found
    return []


def _parts(tag: str) -> list[str]:
    """Split a tag at its hyphens, and replace its language with the ISO 639-2/T code, if it has one."""
    code, *others = tag.lower().split("-")
    return [_CODES.get(code, code), *others]
