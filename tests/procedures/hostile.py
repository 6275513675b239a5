"""Over 200 fragments that try to run, to fetch or to read what is not theirs, each in its own way."""

from itertools import product

ADDRESSES = [
    "https://evil.example/x",
    "//evil.example/x",
    "http://127.0.0.1:9/x",
    "file:///etc/passwd",
    "data:text/html,<script>alert(1)</script>",
    "javascript:alert(1)",
    "ftp://evil.example/x",
    "/static/../../etc/passwd",
    "/media/..%2f..%2fetc/passwd",
    "\\\\evil.example\\x",
]
FETCHERS = [
    '<img src="{}" alt="x">',
    '<img srcset="{} 2x" alt="x">',
    '<p style="background:url({})">x</p>',
    "<style>@import url({});p{{background:url({})}}</style>",
    '<link rel="stylesheet" href="{}">',
    '<link rel="attachment" href="{}">',
    '<base href="{}"><img src="a.png" alt="x">',
    '<iframe src="{}"></iframe>',
    '<object data="{}"></object>',
    '<embed src="{}">',
    '<video src="{}" poster="{}"></video>',
    '<a rel="attachment" href="{}">x</a>',
    '<svg><image href="{}" width="9" height="9"/></svg>',
    '<svg><use href="{}#a"/></svg>',
    '<svg xmlns:xlink="http://www.w3.org/1999/xlink"><image xlink:href="{}"/></svg>',
    '<svg><style>@import "{}";</style></svg>',
    '<meta http-equiv="refresh" content="0;url={}">',
    '<input type="image" src="{}">',
    '<table background="{}"><tr><td>x</td></tr></table>',
    '<div class="array"><svg class="array" aria-label="1 of 100"><image href="{}"/></svg></div>',
]
RUNNERS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<details open ontoggle=alert(1)><summary>x</summary></details>",
    "<math><mtext><script>alert(1)</script></mtext></math>",
    '<form action="https://evil.example"><button>x</button></form>',
    "</div></body></html><script>alert(1)</script>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<template><script>alert(1)</script></template>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
]
FRAGMENTS = [
    *(fetcher.replace("{}", address) for fetcher, address in product(FETCHERS, ADDRESSES)),
    *RUNNERS,
]
