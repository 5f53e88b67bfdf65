// Mouse, touch and keyboard on the wall.

const ZOOM_STEP = 1.5;

export function listen(wall) {
  const { canvas } = wall;
  const pointers = new Map();
  let moved = 0, pinch = 0;
  const hover = (slot, x, y) => {
    if (slot !== wall.hovered) {
      wall.hovered = slot;
      wall.draw();
    }
    wall.on.hover(slot, x, y);
  };
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, { x: event.offsetX, y: event.offsetY });
    moved = 0;
    pinch = 0;
  });
  canvas.addEventListener("pointermove", (event) => {
    const before = pointers.get(event.pointerId);
    if (!before) return hover(wall.slotAtPoint(event.offsetX, event.offsetY), event.offsetX, event.offsetY);
    const [x, y] = [event.offsetX - before.x, event.offsetY - before.y];
    moved += Math.abs(x) + Math.abs(y);
    pointers.set(event.pointerId, { x: event.offsetX, y: event.offsetY });
    if (pointers.size === 2) {
      const [one, other] = pointers.values();
      const distance = Math.hypot(one.x - other.x, one.y - other.y);
      if (pinch) wall.zoomBy(distance / pinch, (one.x + other.x) / 2, (one.y + other.y) / 2);
      pinch = distance;
    } else if (wall.view.zoom > 1) wall.panBy(-x, -y);
  });
  const up = (event) => {
    if (!pointers.delete(event.pointerId) || event.type === "pointercancel" || moved > 6) return;
    const slot = wall.slotAtPoint(event.offsetX, event.offsetY);
    const block = slot < 0 ? wall.blockAtPoint(event.offsetX, event.offsetY) : null;
    if (block) wall.on.region(block.key);
    else if (slot >= 0 && (event.pointerType === "mouse" || slot === wall.hovered)) wall.on.open(slot, event);
    else hover(slot, event.offsetX, event.offsetY); // a first touch shows, a second opens
  };
  canvas.addEventListener("pointerup", up);
  canvas.addEventListener("pointercancel", up);
  canvas.addEventListener("pointerleave", (event) => { if (event.pointerType === "mouse") hover(-1, 0, 0); });
  canvas.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey && wall.view.zoom === 1 && event.deltaY > 0) return; // the page scrolls
    if (!event.ctrlKey && !event.metaKey && !event.shiftKey && document.activeElement !== canvas) return;
    event.preventDefault();
    wall.zoomBy(event.deltaY < 0 ? 1.2 : 1 / 1.2, event.offsetX, event.offsetY);
  }, { passive: false });
  const keys = {
    ArrowLeft: () => wall.step(-1, 0), ArrowRight: () => wall.step(1, 0), ArrowUp: () => wall.step(0, -1), ArrowDown: () => wall.step(0, 1),
    "+": () => wall.zoomBy(ZOOM_STEP, ...at(wall)), "=": () => wall.zoomBy(ZOOM_STEP, ...at(wall)), "-": () => wall.zoomBy(1 / ZOOM_STEP, ...at(wall)),
    0: () => wall.zoomOut(), n: () => wall.next(1), p: () => wall.next(-1), Home: () => wall.setCursor(0), End: () => wall.setCursor(wall.fleet.size - 1),
    Enter: (event) => wall.cursor >= 0 && wall.on.open(wall.cursor, event), Escape: () => { wall.setCursor(-1); wall.on.hover(-1, 0, 0); },
  };
  canvas.addEventListener("keydown", (event) => {
    if (!wall.layout || !keys[event.key] || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    keys[event.key](event);
  });
  canvas.addEventListener("blur", () => wall.setCursor(-1));
}

function at(wall) {
  if (wall.cursor < 0) return [];
  const { x, y } = wall.pointOf(wall.cursor);
  return [x, y];
}
