// Builds dashboard/assets/basemap.json, the outline under the map: `npm install && npm run basemap`.
//
// Land and borders come from Natural Earth 1:10m (public domain) by way of npm world-atlas 2.0.2 (ISC).
// Any GeoJSON with polygons (land) and lines (borders) may be put in its place; borders carry no labels.
import { readFileSync, writeFileSync } from "node:fs";
import { feature, mesh } from "topojson-client";
import { filter, filterWeight, presimplify, simplify } from "topojson-simplify";

// In square degrees: coarse enough for a file under 600 kB, fine enough that a coast is right to a few km.
const LEAST_AREA = 0.008;

// Where trucks of the demonstration and of the public recordings drive, the coast is drawn 16 times finer:
// [west, south, east, north].
const FINE = [
  [115, 26, 124, 34.5],
  [-5, 52.5, -1.5, 54.5],
  [-123.5, 36.8, -121, 38.6],
];
const isFine = ([x, y]) => FINE.some(([west, south, east, north]) => x > west && x < east && y > south && y < north);

const world = presimplify(
  JSON.parse(readFileSync(new URL("node_modules/world-atlas/countries-10m.json", import.meta.url))),
);
for (const arc of world.arcs) for (const point of arc) if (isFine(point)) point[2] *= 16;
const small = filter(simplify(world, LEAST_AREA), filterWeight(world, 2 * LEAST_AREA));
const land = feature(small, small.objects.land);
const borders = mesh(small, small.objects.countries, (a, b) => a !== b);
const collection = {
  type: "FeatureCollection",
  attribution: "Natural Earth (public domain), by world-atlas 2.0.2 (ISC)",
  features: [
    ...land.features.map(({ geometry }) => ({ type: "Feature", properties: { what: "land" }, geometry })),
    { type: "Feature", properties: { what: "border" }, geometry: borders },
  ],
};
const hundredths = (_, value) => (typeof value === "number" ? Math.round(value * 100) / 100 : value);
writeFileSync(
  new URL("../../dashboard/assets/basemap.json", import.meta.url),
  `${JSON.stringify(collection, hundredths)}\n`,
);
