// Builds dashboard/assets/css/icons.css, a mask a symbol, so that an icon takes the colour of its text: `npm install && npm run icons`.
// The drawings are @tabler/icons 3.51 (MIT, (c) Paweł Kuna).
import { readFileSync, writeFileSync } from "node:fs";

const NAMES = [
  "activity", "alert-triangle", "arrow-back-up", "building-warehouse", "check", "chevron-right", "clock", "engine", "help",
  "language", "layout-dashboard", "logout", "map-pin", "maximize", "moon", "player-pause", "player-play",
  "plug-connected-x", "search", "server-2", "settings", "sun", "tool", "truck", "user", "x",
];

const rule = (name) => {
  const svg = readFileSync(new URL(`node_modules/@tabler/icons/icons/outline/${name}.svg`, import.meta.url), "utf8");
  const paths = [...svg.matchAll(/<path d="[^"]+"/g)].map(([path]) => `${path}/>`).join("");
  const drawing =
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="#000" stroke-width="2" ` +
    `stroke-linecap="round" stroke-linejoin="round">${paths}</svg>`;
  return `.icon-${name} { --icon: url("data:image/svg+xml,${encodeURIComponent(drawing)}"); }`;
};
const credit = "/* @tabler/icons 3.51, MIT licence, (c) Paweł Kuna; built by deploy/assets/icons.mjs */";
const shape = `.icon {
  display: inline-block;
  width: 1.25em;
  height: 1.25em;
  flex: none;
  vertical-align: -0.25em;
  background: currentColor;
  mask: var(--icon) center / contain no-repeat;
}`;
writeFileSync(
  new URL("../../dashboard/assets/css/icons.css", import.meta.url),
  `${credit}\n${shape}\n${NAMES.map(rule).join("\n")}\n`,
);
