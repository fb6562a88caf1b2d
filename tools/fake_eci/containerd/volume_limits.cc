#include "tools/fake_eci/containerd/volume_limits.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>
#include <cmath>
#include <iterator>
#include <memory>
#include <set>
#include <utility>

#include "proto/eci/v1/container_group.pb.h"

namespace vk::fake {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kBlock = 512;  // The unit of st_blocks, whatever the file system's is.
constexpr int kFilesAtOnce = 500;

struct Suffix {
  std::string_view text;
  double factor;
};
constexpr Suffix kSuffixes[] = {
    {"Ki", 0x1p10}, {"Mi", 0x1p20}, {"Gi", 0x1p30}, {"Ti", 0x1p40}, {"Pi", 0x1p50},
    {"Ei", 0x1p60}, {"n", 1e-9},    {"u", 1e-6},    {"m", 1e-3},    {"k", 1e3},
    {"M", 1e6},     {"G", 1e9},     {"T", 1e12},    {"P", 1e15},    {"E", 1e18},
};

}  // namespace

std::optional<std::int64_t> QuantityBytes(std::string_view text) {
  double number = 0;
  const char* const end = std::to_address(text.end());
  const auto [rest, failed] = std::from_chars(std::to_address(text.begin()), end, number);
  if (failed != std::errc()) return std::nullopt;
  const std::string_view unit(rest, static_cast<std::size_t>(end - rest));
  const auto* suffix = std::ranges::find(kSuffixes, unit, &Suffix::text);
  if (!unit.empty() && suffix == std::end(kSuffixes)) return std::nullopt;
  const double bytes = std::ceil(number * (unit.empty() ? 1 : suffix->factor));
  if (!(bytes > 0) || bytes >= 0x1p63) return std::nullopt;
  return static_cast<std::int64_t>(bytes);
}

std::vector<VolumeLimit> LimitsOf(const HostedGroup& group) {
  std::vector<VolumeLimit> limits;
  for (const auto& volume : group.ParseSpec().volume()) {
    const auto& wanted = volume.empty_dir_volume();
    if (volume.type() != "EmptyDirVolume" || wanted.medium() == "Memory") continue;
    const auto bytes = QuantityBytes(wanted.size_limit());
    if (bytes) limits.push_back({volume.name(), wanted.size_limit(), *bytes});
  }
  return limits;
}

boost::asio::awaitable<std::int64_t> DiskSpace(fs::path folder,
                                               boost::asio::any_io_executor executor) {
  std::int64_t blocks = 0;
  struct stat found{};
  if (::lstat(folder.c_str(), &found) != 0) co_return 0;
  const dev_t device = found.st_dev;
  blocks += found.st_blocks;
  std::set<ino_t> shared;
  int seen = 0;  // What vanishes meanwhile may end a look too early; there is another one.
  std::error_code failed;
  fs::recursive_directory_iterator at(folder, fs::directory_options::skip_permission_denied,
                                      failed);
  for (; !failed && at != fs::recursive_directory_iterator(); at.increment(failed)) {
    if (++seen % kFilesAtOnce == 0)
      co_await boost::asio::post(executor, boost::asio::use_awaitable);
    if (::lstat(at->path().c_str(), &found) != 0) continue;  // Gone meanwhile.
    if (found.st_dev != device) {
      at.disable_recursion_pending();
    } else if (S_ISDIR(found.st_mode) || found.st_nlink < 2 || shared.insert(found.st_ino).second) {
      blocks += found.st_blocks;
    }
  }
  co_return blocks* kBlock;
}

std::string OutgrownMessage(const VolumeLimit& limit) {
  return fmt::format("Usage of EmptyDir volume \"{}\" exceeds the limit \"{}\". ", limit.name,
                     limit.text);
}

}  // namespace vk::fake
