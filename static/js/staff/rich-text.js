// The box for rich text on the staff desk, built on the editor of django-prose-editor. It writes what procedures/richtext.py
// allows and nothing else. Without this script, the box is the plain HTML.

const parse = (html) => new DOMParser().parseFromString(html, "text/html").body
const el = (tag, attributes = {}, ...children) => {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value)
  made.append(...children)
  return made
}

// A table's caption is written on a line of its own above the table, since the editor has no place for it inside.
function opened(html) {
  const body = parse(html)
  for (const caption of body.querySelectorAll("caption")) {
    caption.closest("table").before(el("div", { "data-caption": "" }, ...caption.childNodes))
    caption.remove()
  }
  return body.innerHTML
}

// What the editor holds, as it is kept: captions and header rows in their tables, no paragraph where a list item or a
// cell has only one, no attribute that is not allowed.
function kept(html, allowed) {
  const body = parse(html)
  for (const line of body.querySelectorAll("[data-caption]")) placeCaption(line)
  for (const cell of body.querySelectorAll("li, td, th")) unwrapOnly(cell)
  for (const table of body.querySelectorAll("table")) markHeaders(table)
  for (const empty of body.querySelectorAll("p")) if (!empty.textContent.trim()) empty.remove()
  for (const element of body.querySelectorAll("*")) {
    for (const name of element.getAttributeNames()) {
      if (!allowed[element.localName]?.includes(name)) element.removeAttribute(name)
    }
  }
  return body.innerHTML
}

function placeCaption(line) {
  const table = line.nextElementSibling
  if (!line.textContent.trim()) line.remove()
  else if (table?.localName !== "table" || table.caption) line.replaceWith(el("p", {}, ...line.childNodes))
  else {
    table.prepend(el("caption", {}, ...line.childNodes))
    line.remove()
  }
}

function unwrapOnly(cell) {
  const paragraphs = [...cell.children].filter((child) => child.localName === "p")
  const others = [...cell.children].filter((child) => !["p", "ul", "ol"].includes(child.localName))
  if (paragraphs.length === 1 && !others.length && cell.firstElementChild === paragraphs[0]) {
    paragraphs[0].replaceWith(...paragraphs[0].childNodes)
  }
}

function markHeaders(table) {
  const rows = [...table.rows]
  const isHead = (row) => {
    const cells = [...row.cells]
    const heads = cells.filter((cell) => cell.localName === "th")
    return (
      heads.length > 0 &&
      heads.every((cell) => cell.getAttribute("scope") !== "row") &&
      cells.every((cell) => cell.localName === "th" || !cell.textContent.trim())
    )
  }
  const end = rows.findIndex((row) => !isHead(row))
  if (end > 0) table.createTHead().append(...rows.slice(0, end))
  for (const head of table.querySelectorAll("th")) {
    if (!head.getAttribute("scope")) head.setAttribute("scope", head.closest("thead") ? "col" : "row")
  }
}

const LEADS_SOMEWHERE = /^(https?:|tel:|mailto:|\/|#)/i

// One line for each thing that may be written: the tag that allows it, and what brings it.
function parts(prose) {
  const Abbreviation = prose.Mark.create({
    name: "abbreviation",
    addAttributes: () => ({ title: { default: null } }),
    parseHTML: () => [{ tag: "abbr" }],
    renderHTML: ({ HTMLAttributes }) => ["abbr", HTMLAttributes, 0],
  })
  const Caption = prose.Node.create({
    name: "tableCaption",
    group: "block",
    content: "inline*",
    parseHTML: () => [{ tag: "div[data-caption]" }],
    renderHTML: () => ["div", { "data-caption": "" }, 0],
  })
  const Link = prose.Link.extend({ addKeyboardShortcuts: () => ({}), inclusive: false }).configure({
    autolink: false,
    openOnClick: false,
    HTMLAttributes: { target: null, rel: null, class: null },
    isAllowedUri: (address) => LEADS_SOMEWHERE.test(address ?? ""),
  })
  const scope = () => ({ scope: { default: null } })
  const cell = { colspan: { default: 1, rendered: false }, rowspan: { default: 1, rendered: false }, colwidth: { default: null, rendered: false } }
  return {
    p: prose.Paragraph,
    br: prose.HardBreak,
    strong: prose.Bold,
    em: prose.Italic,
    sub: prose.Subscript,
    sup: prose.Superscript,
    h4: prose.Heading.configure({ levels: [4] }),
    ul: prose.BulletList,
    ol: prose.OrderedList,
    li: prose.ListItem,
    a: Link,
    abbr: Abbreviation,
    table: prose.Table.extend({ addNodeView: () => null }),
    caption: Caption,
    tr: prose.TableRow,
    td: prose.TableCell.extend({ addAttributes: () => cell }),
    th: prose.TableHeader.extend({ addAttributes: () => ({ ...cell, ...scope() }) }),
  }
}

const chain = (editor) => editor.chain().focus()
const TOOLS = [
  { tag: "strong", name: "Bold", run: (e) => chain(e).toggleBold().run(), on: "bold" },
  { tag: "em", name: "Italic", run: (e) => chain(e).toggleItalic().run(), on: "italic" },
  { tag: "sub", name: "Subscript", run: (e) => chain(e).toggleMark("subscript").run(), on: "subscript" },
  { tag: "sup", name: "Superscript", run: (e) => chain(e).toggleMark("superscript").run(), on: "superscript" },
  { tag: "h4", name: "Small heading", run: (e) => chain(e).toggleHeading({ level: 4 }).run(), on: "heading" },
  { tag: "ul", name: "List", run: (e) => chain(e).toggleBulletList().run(), on: "bulletList" },
  { tag: "ol", name: "Numbered list", run: (e) => chain(e).toggleOrderedList().run(), on: "orderedList" },
  { tag: "a", name: "Link", run: (e) => mark(e, "link", "href", "Address", "Such as /procedures/mri-scan/, #risks or https://…"), on: "link" },
  { tag: "abbr", name: "Abbreviation", run: (e) => mark(e, "abbreviation", "title", "In full", "What the letters stand for."), on: "abbreviation" },
  { tag: "table", name: "Table", run: (e) => chain(e).insertTable({ rows: 3, cols: 2, withHeaderRow: true }).run() },
  { tag: "caption", name: "Table caption", run: caption, within: "table" },
  { tag: "th", name: "Header cell", run: (e) => chain(e).toggleHeaderCell().run(), within: "table", on: "tableHeader" },
  { tag: "tr", name: "Add row", run: (e) => chain(e).addRowAfter().run(), within: "table" },
  { tag: "tr", name: "Add column", run: (e) => chain(e).addColumnAfter().run(), within: "table" },
  { tag: "tr", name: "Delete row", run: (e) => chain(e).deleteRow().run(), within: "table" },
  { tag: "tr", name: "Delete column", run: (e) => chain(e).deleteColumn().run(), within: "table" },
  { tag: "tr", name: "Delete table", run: (e) => chain(e).deleteTable().run(), within: "table" },
  { tag: "p", name: "Undo", run: (e) => chain(e).undo().run() },
  { tag: "p", name: "Redo", run: (e) => chain(e).redo().run() },
]

// A caption goes on the line above the table that the cursor is in.
function caption(editor) {
  const { $from } = editor.state.selection
  for (let depth = $from.depth; depth > 0; depth -= 1) {
    if ($from.node(depth).type.name !== "table") continue
    const place = $from.before(depth)
    chain(editor).insertContentAt(place, { type: "tableCaption" }).setTextSelection(place + 1).run()
  }
}

let asked = 0

// Asks for the one fact that a link or an abbreviation needs; left empty, it takes the mark away. An address given with
// no words selected stands as the words of its link.
function mark(editor, name, attribute, title, help) {
  const id = `rich-text-asks-${++asked}`
  const heading = el("h2", { id: `${id}-heading` }, name === "link" ? "Link" : "Abbreviation")
  const wrong = el("p", { class: "errornote", role: "alert", hidden: "" }, "Begin the address with https://")
  const input = el("input", { id, type: "text", value: editor.getAttributes(name)[attribute] ?? "", "aria-describedby": `${id}-help` })
  const ready = el("button", { type: "button", class: "button default" }, "Use it")
  const away = el("button", { type: "button", class: "button" }, "Cancel")
  const label = el("label", { for: id, id: `${id}-label` }, title)
  const hint = el("p", { class: "help", id: `${id}-help` }, `${help} Leave it empty to take it away.`)
  const dialog = el("dialog", { class: "rich-text__asks", "aria-labelledby": heading.id }, heading, wrong, label, input, hint, ready, away)
  const use = () => {
    const value = input.value.trim().replace(/^www\./i, "https://www.")
    wrong.hidden = name !== "link" || !value || LEADS_SOMEWHERE.test(value)
    if (!wrong.hidden) return input.focus()
    const reach = chain(editor).extendMarkRange(name)
    const isNew = editor.state.selection.empty && !editor.isActive(name)
    if (value && isNew && name === "link") {
      reach.insertContent({ type: "text", text: value, marks: [{ type: name, attrs: { [attribute]: value } }] }).run()
    } else if (value) reach.setMark(name, { [attribute]: value }).run()
    else reach.unsetMark(name).run()
    dialog.close()
  }
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return
    event.preventDefault()
    use()
  })
  ready.addEventListener("click", use)
  away.addEventListener("click", () => dialog.close())
  dialog.addEventListener("close", () => {
    dialog.remove()
    editor.commands.focus()
  })
  editor.view.dom.parentElement.append(dialog)
  dialog.showModal()
}

// The tools as one stop of the Tab key; the arrow keys go along them.
function toolbar(editor, allowed, name) {
  const bar = el("div", { class: "rich-text__tools", role: "toolbar", "aria-label": `${name}: tools` })
  const tools = TOOLS.filter((tool) => tool.tag in allowed).map((tool) => {
    const button = el("button", { type: "button", tabindex: "-1" }, tool.name)
    button.addEventListener("click", () => tool.run(editor))
    bar.append(button)
    return { ...tool, button }
  })
  const show = () => {
    for (const { button, on, within } of tools) {
      if (on) button.setAttribute("aria-pressed", String(editor.isActive(on)))
      if (within) button.hidden = !editor.isActive(within)
    }
    const shown = tools.map(({ button }) => button).filter((button) => !button.hidden)
    if (!shown.some((button) => button.tabIndex === 0)) shown[0].tabIndex = 0
    for (const button of bar.children) if (button.hidden) button.tabIndex = -1
  }
  bar.addEventListener("keydown", (event) => {
    const shown = [...bar.children].filter((button) => !button.hidden)
    const here = shown.indexOf(document.activeElement)
    const goes = { ArrowRight: here + 1, ArrowLeft: here - 1, Home: 0, End: shown.length - 1 }
    const next = shown[(goes[event.key] + shown.length) % shown.length]
    if (!next) return
    event.preventDefault()
    for (const button of shown) button.tabIndex = button === next ? 0 : -1
    next.focus()
  })
  editor.on("transaction", show)
  show()
  return bar
}

function open(box, prose) {
  const allowed = JSON.parse(box.dataset.richText)
  const label = document.querySelector(`label[for="${box.id}"]`)
  if (label) label.id ||= `${box.id}_label`
  const attributes = { role: "textbox", "aria-multiline": "true", lang: "en-GB", spellcheck: "true", class: "rich-text__words" }
  if (label) attributes["aria-labelledby"] = label.id
  if (box.getAttribute("aria-describedby")) attributes["aria-describedby"] = box.getAttribute("aria-describedby")
  if (box.getAttribute("aria-invalid")) attributes["aria-invalid"] = box.getAttribute("aria-invalid")
  const place = el("div", { class: "rich-text" })
  box.before(place)
  const editor = new prose.Editor({
    element: place,
    injectCSS: false,
    editorProps: { attributes },
    extensions: [
      prose.Document,
      prose.Text,
      prose.History,
      prose.Gapcursor,
      ...Object.entries(parts(prose)).filter(([tag]) => tag in allowed).map(([, part]) => part),
    ],
    content: opened(box.value),
    onUpdate: () => {
      box.value = kept(editor.getHTML(), allowed)
      box.dispatchEvent(new Event("input", { bubbles: true }))
    },
  })
  place.prepend(toolbar(editor, allowed, label?.textContent.replace(/:\s*$/, "") ?? "Text"))
  label?.addEventListener("click", () => editor.commands.focus())
  for (const link of document.querySelectorAll(`a[href="#${box.id}"]`)) {
    link.addEventListener("click", (event) => {
      event.preventDefault()
      editor.commands.focus()
    })
  }
  box.hidden = true
  box.classList.add("rich-text__kept")
}

const boxes = document.querySelectorAll("textarea[data-rich-text]")
if (boxes.length) {
  const prose = await import(boxes[0].dataset.editor)
  for (const box of boxes) open(box, prose)
}
