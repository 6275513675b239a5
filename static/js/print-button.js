/* A button that prints the page, in place of the words that say how to print it by the browser's own menu. */
customElements.define("print-button", class extends HTMLElement {
  connectedCallback() {
    const button = document.createElement("button")
    button.type = "button"
    button.className = "btn"
    button.textContent = "Print this page"
    button.addEventListener("click", () => window.print())
    this.replaceChildren(button)
  }
})
