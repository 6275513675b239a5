/* A button that copies a text, where the browser lets it. */
customElements.define("copy-button", class extends HTMLElement {
  connectedCallback() {
    if (!navigator.clipboard) return
    const button = document.createElement("button"), said = document.createElement("span")
    button.type = "button"
    button.className = "btn btn--line"
    button.textContent = "Copy"
    said.setAttribute("role", "status")
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(this.dataset.text)
      said.textContent = " Copied"
    })
    this.replaceChildren(button, said)
  }
})
