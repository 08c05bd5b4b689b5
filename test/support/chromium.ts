import { type Browser, chromium } from 'playwright-core'

/** The system's Chromium, or the one that $CHROMIUM names. */
export function launchChromium(): Promise<Browser> {
  const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking']
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args })
}
