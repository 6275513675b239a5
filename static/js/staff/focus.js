// The picture as a step cuts it follows the point that is chosen, before it is saved. Without this script, after.

const cut = document.querySelector(".picture-shown__cut")
for (const [name, way] of [["focal_x", "--across"], ["focal_y", "--down"]]) {
  const choice = document.querySelector(`select[name=${name}]`)
  choice?.addEventListener("change", () => cut?.style.setProperty(way, `${choice.value}%`))
}
