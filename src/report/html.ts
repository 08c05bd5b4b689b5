/** A piece of HTML or SVG that is safe to place as it is. */
export class Markup {
  constructor(readonly text: string) {}

  toString(): string {
    return this.text
  }
}

type Value = Markup | readonly Markup[] | string | number

/**
 * A template of HTML or SVG. What is filled in is escaped unless it is markup itself, so that no text can break the page.
 *
 * @example
 * html`<p title="${title}">${paragraphs.map((text) => html`<b>${text}</b>`)}</p>`
 */
export function html(strings: TemplateStringsArray, ...values: readonly Value[]): Markup {
  return new Markup(strings.reduce((text, part, i) => text + render(values[i - 1] ?? '') + part))
}

function render(value: Value): string {
  if (value instanceof Markup) return value.text
  if (typeof value === 'object') return value.join('\n')
  return escapeText(String(value))
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escapeText(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character)
}
