"use strict";
// A line under the pointer, and what both services were doing at that moment.
const curves = JSON.parse(document.getElementById("curves").textContent);
const readout = document.getElementById("readout");
const hint = readout.textContent;
const at = (points, t) => {
  let value = null;
  for (const [x, y] of points) { if (x > t) break; value = y; }
  return value;
};
const show = (value, digits, unit) => value === null ? "-" : value.toFixed(digits) + unit;
const say = (service, t) => {
  const c = curves[service];
  return `${service}: ${show(at(c.users, t), 0, " users")}, ${show(at(c.rate, t), 0, "/s")}, ` +
    `p95 ${show(at(c.p95, t), 0, " ms")}, ${show(at(c.replicas, t), 0, " replicas")}`;
};
const clock = (t) => `${Math.floor(t / 60)}:${String(Math.floor(t % 60)).padStart(2, "0")}`;
for (const chart of document.querySelectorAll(".chart")) {
  const svg = chart.querySelector("svg"), line = chart.querySelector(".cursor");
  const { left, right, seconds } = chart.dataset;
  chart.addEventListener("pointermove", (event) => {
    const box = svg.getBoundingClientRect();
    const x = (event.clientX - box.left) * svg.viewBox.baseVal.width / box.width;
    const share = (x - left) / (right - left);
    if (share < 0 || share > 1) return;
    line.setAttribute("x1", x); line.setAttribute("x2", x);
    line.style.visibility = "visible";
    const t = share * seconds;
    readout.textContent = `${clock(t)} · ` + Object.keys(curves).map((s) => say(s, t)).join(" · ");
  });
  chart.addEventListener("pointerleave", () => {
    line.style.visibility = "hidden";
    readout.textContent = hint;
  });
}
