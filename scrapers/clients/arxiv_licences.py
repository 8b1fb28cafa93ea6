"""The licences that papers on arXiv are under, from the link in their metadata to an SPDX identifier.

The links are those of https://info.arxiv.org/help/license/index.html and its history. arXiv's own two have no SPDX
identifier and get a ``LicenseRef`` (SPDX 2.3, annex D): both let arXiv distribute, and nobody else.
"""

import re

NOT_STATED = "NOASSERTION"  # SPDX 2.3, 7.13.1
VERSIONS = ("1.0", "2.0", "2.5", "3.0", "4.0")
# Anyone may pass such a paper on, changed too; CC BY-SA asks the same licence for what is made of it.
REDISTRIBUTABLE = (
    "CC0-1.0",
    "CC-PDDC",
    *(f"CC-BY-{version}" for version in VERSIONS),
    *(f"CC-BY-SA-{version}" for version in VERSIONS),
)
PUBLIC_DOMAIN = {"publicdomain/zero/1.0": "CC0-1.0", "licenses/publicdomain": "CC-PDDC"}
ARXIV = {
    "licenses/nonexclusive-distrib/1.0": "LicenseRef-arXiv-nonexclusive-distrib-1.0",
    "licenses/assumed-1991-2003": "LicenseRef-arXiv-assumed-1991-2003",
}


def spdx_of(link: str) -> str:
    """Return the SPDX identifier for a licence's ``link``, ``NOASSERTION`` where there is none or it is not known."""
    match = re.fullmatch(r"https?://(?:www\.)?(creativecommons\.org|arxiv\.org)/(.+?)/?", link.strip(), re.IGNORECASE)
    if not match:
        return NOT_STATED
    host, path = match[1].lower(), match[2].lower()
    if host == "arxiv.org":
        return ARXIV.get(path, NOT_STATED)
    terms = re.fullmatch(r"licenses/(by(?:-nc)?(?:-sa|-nd)?)/([1-4]\.[05])", path)
    return f"CC-{terms[1].upper()}-{terms[2]}" if terms else PUBLIC_DOMAIN.get(path, NOT_STATED)
