export { decodeNpy, encodeNpy, loadNpy, saveNpy } from './npy.ts'
export {
  decodeSafetensors,
  encodeSafetensors,
  loadSafetensors,
  type NamedTensors,
  type SafetensorsContents,
  saveSafetensors,
} from './safetensors.ts'
