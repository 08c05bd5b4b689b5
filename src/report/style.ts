/**
 * The style sheet of a report: light and dark, from phone to print. The colours of lines differ in lightness too, so that
 * they can be told apart whatever colours one sees.
 */
export const styleSheet = `
:root {
  color-scheme: light dark;
  --page: #fcfcfb; --card: #ffffff; --ink: #1c1f24; --soft: #5a616b; --rule: #dcdfe4; --grid: #e8eaee;
  --s0: #30343a; --s1: #4587e4; --s2: #c4762c; --s3: #07672f; --s4: #86198f; --notice: #fdf3d7;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14161a; --card: #1b1e24; --ink: #e7e9ec; --soft: #a3abb6; --rule: #363b44; --grid: #2a2e36;
    --s0: #a7b4c6; --s1: #2f86f5; --s2: #f0a030; --s3: #a5f5cd; --s4: #e0457f; --notice: #3a3117;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 68rem; background: var(--page); color: var(--ink);
  font: 1rem/1.6 system-ui, "Segoe UI", "Noto Sans", "Noto Sans KR", "Apple SD Gothic Neo", "Malgun Gothic", sans-serif;
}
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .3rem; }
h2 { font-size: 1.25rem; margin: 2.6rem 0 .7rem; }
h3 { font-size: 1rem; margin: 0 0 .4rem; }
p, ul { max-width: 46rem; margin: .6rem 0; }
:lang(ko) { word-break: keep-all; }
.lead, .note, footer { color: var(--soft); }
.note, footer { font-size: .9rem; }
.notice { background: var(--notice); padding: .6rem .9rem; border-radius: .4rem; }
.verdict { font-size: 1.08rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .4rem .9rem .4rem 0; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--rule); }
th:first-child, td:first-child { text-align: left; }
thead th { font-weight: 600; color: var(--soft); font-size: .9rem; }
tbody th { font-weight: 500; }
.results { width: 100%; }
.plain th { padding-right: 1.5rem; color: var(--soft); font-weight: 500; }
.plain td { text-align: left; white-space: normal; overflow-wrap: anywhere; }
.grid-2 { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 1.1rem; }
.grid-2 > :only-child { max-width: 36rem; }
figure { margin: 0; padding: .9rem 1rem; background: var(--card); border: 1px solid var(--rule); border-radius: .5rem; }
figcaption { font-weight: 600; margin-bottom: .4rem; }
.chart { display: block; width: 100%; height: auto; }
.chart text { font-size: 13px; fill: var(--soft); }
.chart .grid { stroke: var(--grid); }
.chart .axis { stroke: var(--soft); }
.line { fill: none; stroke: currentColor; stroke-width: 2; stroke-linejoin: round; }
.marker { fill: currentColor; stroke: var(--card); stroke-width: 1; }
.s0 { color: var(--s0); } .s1 { color: var(--s1); } .s2 { color: var(--s2); }
.s3 { color: var(--s3); } .s4 { color: var(--s4); }
.legend { display: flex; flex-wrap: wrap; gap: .3rem 1.6rem; margin: .2rem 0 .9rem; }
.entry { display: inline-flex; align-items: center; gap: .5rem; }
.sample { width: 44px; height: 16px; }
.features { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 15rem), 1fr)); gap: 1.1rem; }
.features figure { max-width: 30rem; }
.features img { display: block; width: 100%; height: auto; border-radius: .25rem; }
summary { cursor: pointer; padding: .4rem 0; }
code { font: .92em/1.5 ui-monospace, "Cascadia Mono", Consolas, monospace; overflow-wrap: anywhere; }
pre { margin: .6rem 0; padding: .8rem 1rem; background: var(--card); border: 1px solid var(--rule); border-radius: .5rem; white-space: pre-wrap; }
@media (max-width: 34rem) {
  body { padding: 1.2rem .9rem 3rem; }
  th, td { padding-right: .55rem; }
  .chart text { font-size: 17px; }
}
@media print {
  :root { --page: #fff; --card: #fff; --ink: #000; --soft: #444; --rule: #bbb; --grid: #ddd; --s0: #30343a; --s1: #4587e4; --s2: #c4762c; --s3: #07672f; --s4: #86198f; }
  body { max-width: none; padding: 0; font-size: 10.5pt; }
  figure, tr { break-inside: avoid; }
  h2 { break-after: avoid; }
}
`
