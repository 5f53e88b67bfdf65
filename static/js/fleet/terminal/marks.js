// What is drawn behind and above every chart: alerts as bands with a letter, commands as a dashed line with a triangle.

const SEVERITIES = { 1: ["info", "I"], 2: ["warning", "W"], 3: ["critical", "C"] };

/** A plugin of uPlot. marks(): {alerts: [from, to or null, severity, …], commands: [at, …]}; colour(name): of the page's style. hasLetters: on the first chart. */
export function markings(marks, colour, hasLetters) {
  function bands(chart) {
    const { ctx, bbox } = chart;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    for (const [from, to, severity] of marks().alerts) {
      const [name] = SEVERITIES[severity];
      const left = chart.valToPos(from, "x", true), right = to === null ? bbox.left + bbox.width : chart.valToPos(to, "x", true);
      ctx.fillStyle = colour(name);
      ctx.globalAlpha = 0.13;
      ctx.fillRect(left, bbox.top, Math.max(right - left, 2), bbox.height);
      ctx.globalAlpha = 0.8;
      ctx.fillRect(left, bbox.top, Math.max(right - left, 2), 2 * devicePixelRatio);
    }
    ctx.restore();
  }

  function letters(chart) {
    const { ctx, bbox } = chart;
    const size = 14 * devicePixelRatio;
    ctx.save();
    ctx.font = `700 ${10 * devicePixelRatio}px sans-serif`;
    ctx.textAlign = "center";
    ctx.textBaseline = "middle";
    let taken = -Infinity;
    for (const [from, to, severity] of marks().alerts.toSorted((one, other) => one[0] - other[0])) {
      const at = Math.max(chart.valToPos(from, "x", true), bbox.left);
      if (at > bbox.left + bbox.width || (to !== null && chart.valToPos(to, "x", true) < bbox.left) || at < taken) continue;
      taken = at + size;
      const [name, letter] = SEVERITIES[severity];
      ctx.fillStyle = colour(name);
      ctx.fillRect(at, bbox.top, size, size);
      ctx.fillStyle = colour("on");
      ctx.fillText(letter, at + size / 2, bbox.top + size / 2 + devicePixelRatio);
    }
    ctx.restore();
  }

  function commands(chart) {
    const { ctx, bbox } = chart;
    const half = 4 * devicePixelRatio;
    ctx.save();
    ctx.strokeStyle = ctx.fillStyle = colour("command");
    ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio]);
    for (const [when] of marks().commands) {
      const at = chart.valToPos(when, "x", true);
      if (at < bbox.left || at > bbox.left + bbox.width) continue;
      const foot = bbox.top + bbox.height;
      ctx.beginPath();
      ctx.moveTo(at, bbox.top);
      ctx.lineTo(at, foot);
      ctx.stroke();
      ctx.beginPath();
      ctx.moveTo(at - half, foot);
      ctx.lineTo(at + half, foot);
      ctx.lineTo(at, foot - 2 * half);
      ctx.fill();
    }
    ctx.restore();
  }

  return { hooks: { drawClear: [bands], draw: hasLetters ? [commands, letters] : [commands] } };
}
