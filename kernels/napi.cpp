// The Node addon: it runs calls of kernels that JavaScript has written down as numbers (src/backend/calls.ts), and has what a
// backend needs besides.
//
// Addresses are numbers, too: x86-64 and arm64 user addresses are below 2^53. Nothing here checks shapes; the rooms that
// call kernels (ops, dropout, optim, random) have done so. The addon is context-aware: it keeps no state per environment.
#include "denormals.hpp"
#include "dispatch.hpp"
#include "pool.hpp"

#include <cstring>
#include <node_api.h>
#include <type_traits>
#include <utility>

#if defined(__linux__)
#include <malloc.h>
#include <sys/mman.h>
#endif

namespace thinnet {

namespace {

struct Target {
  const char* name;
  const KernelTable* table;
  bool supported;
};

// Best first. What each asks of the processor is what build.mjs compiles it with.
const Target* targets(int* count) {
#if defined(__x86_64__) || defined(_M_X64)
  __builtin_cpu_init();
  static const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  static const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                             __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  static const Target all[] = {
      {"avx512", &table_avx512, avx512}, {"avx2", &table_avx2, avx2}, {"baseline", &table_baseline, true}};
#elif defined(__aarch64__)
  static const Target all[] = {{"neon", &table_neon, true}, {"baseline", &table_baseline, true}};
#else
  static const Target all[] = {{"baseline", &table_baseline, true}};
#endif
  *count = static_cast<int>(sizeof(all) / sizeof(all[0]));
  return all;
}

const KernelTable* active = nullptr;
const char* activeName = nullptr;

bool choose(const char* wanted) {
  int count = 0;
  const Target* all = targets(&count);
  for (int i = 0; i < count; ++i) {
    if (!all[i].supported || (wanted && std::strcmp(wanted, all[i].name) != 0)) continue;
    active = all[i].table;
    activeName = all[i].name;
    return true;
  }
  return false;
}

template <class T> T fromNumber(double number) {
  if constexpr (std::is_same_v<T, Ptr>) return reinterpret_cast<Ptr>(static_cast<std::uintptr_t>(number));
  else return static_cast<T>(number);
}

template <class T> T argument(napi_env env, napi_value value) {
  double number = 0;
  napi_get_value_double(env, value, &number);
  return fromNumber<T>(number);
}

// A call of one kernel, made from its pointer's type: takes its arguments and returns how many they are.
template <auto Member> struct Call;
template <class... Arguments, void (*KernelTable::*Member)(Arguments...)> struct Call<Member> {
  static std::size_t make(const double* numbers) { return make(numbers, std::index_sequence_for<Arguments...>{}); }
  template <std::size_t... I> static std::size_t make(const double* numbers, std::index_sequence<I...>) {
    (active->*Member)(fromNumber<Arguments>(numbers[I])...);
    return sizeof...(Arguments);
  }
};

constexpr std::size_t (*kCalls[])(const double*) = {
#define KERNEL(name, arguments) &Call<&KernelTable::name>::make,
#include "table.def"
#undef KERNEL
};

// FNV-1a of the table: who writes down calls must have the same one (scripts/generate-kernels.mjs).
constexpr std::uint32_t signatureOf(const char* text) {
  std::uint32_t hash = 0x811c9dc5;
  for (; *text; ++text) hash = (hash ^ static_cast<unsigned char>(*text)) * 0x01000193;
  return hash;
}

constexpr std::uint32_t kSignature = signatureOf(
#define KERNEL(name, arguments) #name #arguments
#include "table.def"
#undef KERNEL
);

// run(address, numbers): calls, one behind the other, each a kernel's place in the table and its arguments.
napi_value run(napi_env env, napi_callback_info info) {
  std::size_t given = 2;
  napi_value values[2];
  napi_get_cb_info(env, info, &given, values, nullptr, nullptr);
  const auto* at = static_cast<const double*>(argument<Ptr>(env, values[0]));
  const double* const end = at + argument<Size>(env, values[1]);
  const FlushDenormals mode(flushesDenormals());
  while (at < end) {
    const auto kernel = static_cast<std::size_t>(*at++);
    at += kCalls[kernel](at);
  }
  return nullptr;
}

// addressOf(arrayBuffer): where its bytes are; V8 does not move them.
napi_value addressOf(napi_env env, napi_callback_info info) {
  std::size_t given = 1;
  napi_value buffer;
  napi_get_cb_info(env, info, &given, &buffer, nullptr, nullptr);
  void* data = nullptr;
  std::size_t bytes = 0;
  napi_get_arraybuffer_info(env, buffer, &data, &bytes);
  napi_value result;
  napi_create_double(env, static_cast<double>(reinterpret_cast<std::uintptr_t>(data)), &result);
  return result;
}

// adviseLargePages(address, bytes): asks the system to map that memory, which nothing was written to yet, in large pages.
napi_value adviseLargePages(napi_env env, napi_callback_info info) {
  std::size_t given = 2;
  napi_value values[2];
  napi_get_cb_info(env, info, &given, values, nullptr, nullptr);
#if defined(MADV_HUGEPAGE)
  madvise(argument<Ptr>(env, values[0]), static_cast<std::size_t>(argument<Size>(env, values[1])), MADV_HUGEPAGE); // or not: it is advice
#endif
  return nullptr;
}

// setFlushDenormal(flush): false if this processor cannot.
napi_value setFlushDenormal(napi_env env, napi_callback_info info) {
  std::size_t given = 1;
  napi_value value;
  napi_get_cb_info(env, info, &given, &value, nullptr, nullptr);
  bool flush = false;
  napi_get_value_bool(env, value, &flush);
  setFlushDenormals(flush && kCanFlushDenormals);
  napi_value result;
  napi_get_boolean(env, kCanFlushDenormals, &result);
  return result;
}

// setTarget(name): false if this binary or processor has no such target.
napi_value setTarget(napi_env env, napi_callback_info info) {
  std::size_t given = 1;
  napi_value value;
  napi_get_cb_info(env, info, &given, &value, nullptr, nullptr);
  char name[32] = {};
  std::size_t length = 0;
  napi_get_value_string_utf8(env, value, name, sizeof(name), &length);
  napi_value result;
  napi_get_boolean(env, choose(name), &result);
  return result;
}

napi_value target(napi_env env, napi_callback_info) {
  napi_value result;
  napi_create_string_utf8(env, activeName, NAPI_AUTO_LENGTH, &result);
  return result;
}

// supportedTargets(): the names that setTarget accepts here, best first.
napi_value supportedTargets(napi_env env, napi_callback_info) {
  int count = 0;
  const Target* all = targets(&count);
  napi_value result;
  napi_create_array(env, &result);
  std::uint32_t length = 0;
  for (int i = 0; i < count; ++i) {
    if (!all[i].supported) continue;
    napi_value name;
    napi_create_string_utf8(env, all[i].name, NAPI_AUTO_LENGTH, &name);
    napi_set_element(env, result, length++, name);
  }
  return result;
}

napi_value setThreads(napi_env env, napi_callback_info info) {
  std::size_t given = 1;
  napi_value value;
  napi_get_cb_info(env, info, &given, &value, nullptr, nullptr);
  setThreadCount(static_cast<int>(argument<Size>(env, value)));
  return nullptr;
}

napi_value threads(napi_env env, napi_callback_info) {
  napi_value result;
  napi_create_int32(env, threadCount(), &result);
  return result;
}

void define(napi_env env, napi_value object, const char* name, napi_callback callback) {
  napi_value function;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, nullptr, &function);
  napi_set_named_property(env, object, name, function);
}

} // namespace
} // namespace thinnet

NAPI_MODULE_INIT() {
  using namespace thinnet;
  if (!active) choose(nullptr);
#if defined(M_MMAP_THRESHOLD) && defined(M_TRIM_THRESHOLD)
  // Tensors of some MiB come and go with every step. Given back to the system, their memory would have to be asked for and
  // zeroed again each time, which costs more than many an op; so the allocator keeps up to that much of it.
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 256 << 20);
#endif
  napi_value signature;
  napi_create_uint32(env, kSignature, &signature);
  napi_set_named_property(env, exports, "signature", signature);
  define(env, exports, "run", run);
  define(env, exports, "addressOf", addressOf);
  define(env, exports, "adviseLargePages", adviseLargePages);
  define(env, exports, "setFlushDenormal", setFlushDenormal);
  define(env, exports, "setTarget", setTarget);
  define(env, exports, "target", target);
  define(env, exports, "supportedTargets", supportedTargets);
  define(env, exports, "setThreads", setThreads);
  define(env, exports, "threads", threads);
  return exports;
}
