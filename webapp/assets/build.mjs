// Builds webapp/static/dist from src/: one script, one stylesheet (with the icons inside), one font, the mark.
//
// Every file name carries a digest of its content, so the server may let browsers keep it for ever; manifest.json
// maps the logical name ("app.js") to the built one. Text files get a .gz beside them for servers that send it as is.
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { gzipSync } from "node:zlib";
import esbuild from "esbuild";
import * as sass from "sass";

const here = import.meta.dirname;
const out = join(here, "../static/dist");
const modules = join(here, "node_modules");

// Packages whose text reaches the browser; their licences ask that the notice travels with it.
const shipped = ["htmx.org", "bootstrap", "bootstrap-icons", "@fontsource-variable/plus-jakarta-sans"];

// Icons are masks inside the stylesheet: a page fragment needs no sprite in its page, the colour follows the text,
// and `img-src data:` is all the policy has to allow. An external <use> is refused by `default-src 'none'` in some
// browsers, and a sprite inside each page would be sent again with each page.
function iconRules() {
  const names = JSON.parse(readFileSync(join(here, "src/icons.json"), "utf8"));
  return names.map((name) => {
    const svg = readFileSync(join(modules, "bootstrap-icons/icons", `${name}.svg`), "utf8");
    const paths = svg.slice(svg.indexOf(">") + 1, svg.lastIndexOf("</svg>")).replace(/\s*\n\s*/g, "");
    const image = `<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'>${paths.replaceAll('"', "'")}</svg>`;
    const data = image.replaceAll("%", "%25").replaceAll("#", "%23").replaceAll("<", "%3C").replaceAll(">", "%3E");
    return `.icon-${name} { --icon: url("data:image/svg+xml,${data}"); }`;
  }).join("\n");
}

const styles = {
  name: "styles",
  setup(build) {
    build.onLoad({ filter: /\.scss$/ }, ({ path }) => {
      const { css } = sass.compile(path, {
        loadPaths: [modules],
        quietDeps: true,
        // Bootstrap 5.3 is written with @import; the warning is about the next major of the compiler.
        silenceDeprecations: ["import"],
      });
      return { contents: `${css}\n${iconRules()}`, loader: "css", resolveDir: join(here, "src") };
    });
  },
};

const { metafile } = await esbuild.build({
  absWorkingDir: here,
  entryPoints: [
    { in: "src/app.js", out: "app" },
    { in: "src/app.scss", out: "app" },
    { in: "src/mark.svg", out: "mark" },
  ],
  outdir: out,
  entryNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  bundle: true,
  minify: true,
  metafile: true,
  legalComments: "none",
  target: ["es2020", "chrome100", "firefox100", "safari15"],
  loader: { ".woff2": "file", ".svg": "copy" },
  plugins: [styles],
  logLevel: "warning",
});

const manifest = {};
for (const [path, { entryPoint }] of Object.entries(metafile.outputs)) {
  if (!entryPoint) continue;
  manifest[`${basename(entryPoint, extname(entryPoint))}${extname(path)}`] = basename(path);
}

const notices = shipped.map((name) => {
  const file = readdirSync(join(modules, name)).find((entry) => /^licen[cs]e/i.test(entry));
  return `${name}\n\n${readFileSync(join(modules, name, file), "utf8").trim()}\n`;
});
const licenses = notices.join("\n----\n\n");
manifest["licenses.txt"] = `licenses-${createHash("sha256").update(licenses).digest("hex").slice(0, 8)}.txt`;
writeFileSync(join(out, manifest["licenses.txt"]), licenses);

const built = new Set([...Object.keys(metafile.outputs).map((path) => basename(path)), manifest["licenses.txt"]]);
for (const name of [...built]) {
  if (extname(name) === ".woff2") continue;
  writeFileSync(join(out, `${name}.gz`), gzipSync(readFileSync(join(out, name)), { level: 9 }));
  built.add(`${name}.gz`);
}
// Written last and whole: make takes this file as the sign that the build is done, and a server may be reading it.
writeFileSync(join(out, "manifest.json.new"), `${JSON.stringify(manifest, null, 2)}\n`);
renameSync(join(out, "manifest.json.new"), join(out, "manifest.json"));
for (const name of readdirSync(out)) {
  if (name !== "manifest.json" && !built.has(name)) rmSync(join(out, name));
}
