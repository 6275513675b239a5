// What Django's scripts build out of a field, and leave without a name: the box that finds as you type, and the two
// lists side by side. Each is given the name of the field that it stands for.
const nameAll = () => {
  for (const box of document.querySelectorAll('.select2-container:not([data-named])')) {
    const select = box.previousElementSibling
    const label = select?.labels?.[0]?.textContent.trim()
    if (!label) continue
    box.dataset.named = ''
    for (const part of box.querySelectorAll('[role=combobox], [role=textbox], .select2-search__field')) {
      part.removeAttribute('aria-labelledby')
      part.setAttribute('aria-label', [label, part.textContent.trim()].filter(Boolean).join(': '))
    }
  }
  for (const icon of document.querySelectorAll('span.search-label-icon[aria-label]')) icon.setAttribute('role', 'img')
}
addEventListener('load', nameAll)
new MutationObserver(nameAll).observe(document.body, {childList: true, subtree: true})
