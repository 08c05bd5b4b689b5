export {
  decodeSafetensors,
  encodeSafetensors,
  loadSafetensors,
  type NamedTensors,
  type SafetensorsContents,
  saveSafetensors,
} from './safetensors.ts'
