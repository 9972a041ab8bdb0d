import { ink, paints } from './dot.ts'

/**
 * A picture that Graphviz has made of `drawDot`'s, for documentation: with the colours of the reader's screen, light or dark, and maps
 * as stacks of boxes.
 */
export function restyleSvg(svg: string): string {
  const body = svg
    .replace(/^[^]*?(?=<svg)/, '')
    .replaceAll(/<!--[^]*?-->\n?/g, '')
    .replaceAll(/ xml:space="preserve"| xmlns:xlink="[^"]*"/g, '')
    .replace(/(<svg width=")([\d.]+)pt" height="([\d.]+)pt"/, '$1$2" height="$3"')
  return body.replace(/(<svg[^>]*>\n)/, `$1${style}`).replaceAll(maps, stacked)
}

// Two outlines of the same box, the inner one first, four points from each other.
const maps = /(class="node map")(>\n<title>.*<\/title>\n)(<path [^>]*\/>\n)(?:<path [^>]*\/>\n)/g

/** A box in front of two others, which take as much room together as the two outlines. */
function stacked(_all: string, group: string, title: string, front: string): string {
  const behind = [8, 4].map((by) => front.replace('<path ', `<path transform="translate(${by} ${by})" `))
  return `${group} transform="translate(-4 -4)"${title}${behind.join('')}${front}`
}

/** The same for dark screens. */
const dark: Readonly<Record<string, string>> = {
  white: '#0d1117',
  [ink.text]: '#e6edf3',
  [ink.quiet]: '#9198a1',
  [ink.line]: '#7d8590',
  [ink.frame]: '#161b22',
  [ink.border]: '#30363d',
  '#ffffff': '#21262d',
  '#8c959f': '#6e7681',
  '#ddf4ff': '#0c2d4d',
  '#218bff': '#388bfd',
  '#eef4ff': '#13233d',
  '#3b76d1': '#5b9bf5',
  '#fff8c5': '#332701',
  '#bf8700': '#d29922',
  '#fbefff': '#271a45',
  '#8250df': '#a371f7',
  '#dafbe1': '#0c2d16',
  '#1a7f37': '#3fb950',
  '#eaeef2': '#262c36',
  '#ffebe9': '#3c1618',
  '#cf222e': '#f85149',
}

const colours = new Set(['white', ...Object.values(ink), ...Object.values(paints).flat()])
const rules = [...colours].flatMap((colour) => {
  const other = dark[colour]
  return other === undefined ? [] : [`[fill="${colour}"]{fill:${other}}`, `[stroke="${colour}"]{stroke:${other}}`]
})

const style = `<style>
text{font-family:Helvetica,Arial,"Liberation Sans",sans-serif}
@media (prefers-color-scheme:dark){${rules.join('')}}
</style>
`
