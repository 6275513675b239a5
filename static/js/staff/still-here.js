// Some minutes before a session ends by itself, ask whether somebody is still here. Every page that is opened counts for
// all tabs. Nothing that was typed is touched; without this script, what is sent too late comes back to be sent again.

const dialog = document.getElementById("still-here")
const [heading, button, status] = ["h2", "button", "[role=status]"].map((part) => dialog.querySelector(part))
const { stay, idle, warning } = dialog.dataset
const SEEN = "staff-seen-at"

const note = () => localStorage.setItem(SEEN, Date.now())
const left = () => Number(idle) - (Date.now() - Number(localStorage.getItem(SEEN))) / 1000

function look() {
  const seconds = left()
  if (seconds > Number(warning)) return dialog.open && dialog.close()
  if (!dialog.open) dialog.showModal()
  const minutes = Math.ceil(seconds / 60)
  const text = minutes > 0 ? `You will be signed out in ${minutes} minute${minutes === 1 ? "" : "s"}` : "You are signed out"
  if (heading.textContent !== text) heading.textContent = status.textContent = text
  if (minutes > 0) return
  button.textContent = "Back to what I typed"
  status.textContent = "Send it all the same: we keep it while you sign in again."
}

button.addEventListener("click", async () => {
  if (left() <= 0) return dialog.remove()
  const answer = await fetch(stay, { cache: "no-store", redirect: "manual" }).catch(() => null)
  if (answer?.ok) {
    note()
    dialog.close()
  } else {
    status.textContent = "You are signed out already. Sign in again in another tab; what you typed stays here."
  }
})

note()
setInterval(() => dialog.isConnected && look(), 1000)
