/** What kernels/build.mjs exports, as far as the command line uses it. */
export interface KernelBuild {
  readonly addonPath: string
  readonly buildLogPath: string
  addonIsFresh(): boolean
  /** Compiles the native kernels; throws nothing. */
  buildAddon(): Promise<{ readonly ok: boolean; readonly reason: string; readonly log: string }>
}

/** kernels/build.mjs, which is plain JavaScript that lies beside src and dist. */
export async function kernelBuild(): Promise<KernelBuild> {
  const script = new URL('../../kernels/build.mjs', import.meta.url)
  return (await import(script.href)) as KernelBuild
}
