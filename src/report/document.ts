import { html, Markup } from './html.ts'
import { styleSheet } from './style.ts'
import type { Language } from './words.ts'

/** What every report has. */
export interface Document {
  readonly language: Language
  readonly title: string
  /** One sentence below the title. */
  readonly lead: string
  /** Something to know before reading on, as that the run was stopped. */
  readonly notice?: string | undefined
  readonly sections: readonly Markup[]
  readonly footer: string
}

/** A report as one HTML page that needs nothing else: style, charts and pictures are inside. */
export function renderDocument({ language, title, lead, notice, sections, footer }: Document): string {
  return html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>${title} - thinnet</title>
<style>${new Markup(styleSheet)}</style>
</head>
<body>
<header>
<h1>${title}</h1>
<p class="lead">${lead}</p>
${notice === undefined ? '' : html`<p class="notice" role="note">${notice}</p>`}
</header>
<main>
${sections}
</main>
<footer><p>${footer}</p></footer>
</body>
</html>
`.text
}

/** When a report was made, in its language. */
export const dateText = (when: Date, language: Language): string =>
  new Intl.DateTimeFormat(language, { dateStyle: 'long', timeStyle: 'short', hourCycle: 'h23' }).format(when)

/** Names and values, a row for each; a list can be broken behind its commas. */
export const plainTable = (values: Readonly<Record<string, string | number>>): Markup =>
  html`<table class="plain"><tbody>${Object.entries(values).map(
    ([name, value]) =>
      html`<tr><th scope="row">${name}</th><td>${String(value).replaceAll(/,(?=\S)/g, ', ')}</td></tr>`,
  )}</tbody></table>`

/** A table with a heading above each column; the first cell of a row is its heading. May be wider than the page. */
export function dataTable(head: readonly string[], rows: readonly (readonly (string | Markup)[])[]): Markup {
  return html`<div class="scroll" tabindex="0" role="group"><table class="results">
<thead><tr>${head.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${rows.map(
    ([first = '', ...rest]) =>
      html`<tr><th scope="row">${first}</th>${rest.map((cell) => html`<td>${cell}</td>`)}</tr>`,
  )}</tbody></table></div>`
}
