#include "tools/fake_eci/containerd/image_keeper.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <utility>

#include "tools/fake_eci/engine/image_cache/image_cache.h"
#include "tools/fake_eci/engine/image_cache/image_cache_life.h"

namespace vk::fake {
namespace {

namespace fs = std::filesystem;

// Secrets are in it. Renamed into its place, so that it is whole after a crash at any point.
bool WritePrivately(const fs::path& path, const std::string& bytes) {
  std::error_code failed;
  fs::create_directories(path.parent_path(), failed);
  fs::permissions(path.parent_path(), fs::perms::owner_all, failed);
  const fs::path half = path.string() + ".half";
  std::ofstream file(half, std::ios::binary | std::ios::trunc);
  file << bytes;
  file.close();
  if (!file) return false;
  fs::rename(half, path, failed);
  return !failed;
}

}  // namespace

void ImageKeeper::Find(const std::function<base::Status(std::string_view)>& on_found) const {
  std::error_code none;
  std::map<fs::path, std::string> snapshots;
  for (const auto& entry : fs::directory_iterator(parts_.paths.caches(), none)) {
    const fs::path& path = entry.path();
    if (path.extension() == ".half" || held_.contains(path.filename().string())) continue;
    std::ifstream file(path, std::ios::binary);
    snapshots[path] = {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }
  // Those that are taken up are written down again.
  for (const auto& [path, snapshot] : snapshots) {
    if (const base::Status taken = on_found(snapshot); !taken) {
      parts_.log.Warn("cannot take up an image cache; remove its file and make it again",
                      {{"file", path.string()}, {"error", taken.error().message}});
    }
  }
}

void ImageKeeper::Hold(const ImageCache& cache) {
  const auto [it, made] = held_.try_emplace(cache.id);
  Held& held = it->second;
  if (made) {
    held.images = cache.held;
    parts_.images.Use(cache.id, cache.held);
  }
  held.number = cache.number;
  held.epoch = cache.epoch;
  Remember(cache);
  parts_.images.Use(cache.id, cache.images);
  parts_.tasks.Spawn("image cache " + cache.id, Pull({.id = cache.id,
                                                      .number = cache.number,
                                                      .epoch = cache.epoch,
                                                      .images = cache.images,
                                                      .pull_secrets = cache.pull_secrets}));
}

void ImageKeeper::Remember(const ImageCache& cache) {
  if (WritePrivately(parts_.paths.caches() / cache.id, SnapshotOf(cache))) return;
  parts_.log.Warn("cannot write an image cache down; it is forgotten when this program ends",
                  {{"cache", cache.id}, {"folder", parts_.paths.caches().string()}});
}

void ImageKeeper::Drop(const ImageCache& cache) {
  std::error_code none;
  fs::remove(parts_.paths.caches() / cache.id, none);
  held_.erase(cache.id);
  parts_.images.LetGo(cache.id);
}

bool ImageKeeper::IsOutdated(const Round& round) const {
  const auto it = held_.find(round.id);
  return it == held_.end() || it->second.number != round.number || it->second.epoch != round.epoch;
}

void ImageKeeper::Report(const Round& round, ImageReport::Kind kind, std::string message) const {
  parts_.report(
      {.kind = kind, .cache = round.number, .epoch = round.epoch, .message = std::move(message)});
}

boost::asio::awaitable<void> ImageKeeper::Pull(Round round) {
  if (IsOutdated(round)) co_return;
  for (const std::string& image : round.images) {
    auto had = co_await parts_.images.Have({.user = round.id,
                                            .image = image,
                                            .policy = "IfNotPresent",
                                            .pull_secrets = round.pull_secrets},
                                           nullptr);
    if (IsOutdated(round)) co_return;
    if (!had && had.error().error.code == base::ErrorCode::kCancelled) co_return;
    if (!had) {
      parts_.images.LetGo(round.id, held_.at(round.id).images);
      Report(round, ImageReport::Kind::kNotHeld,
             fmt::format("Failed to pull image \"{}\": {}", image, had.error().error.message));
      co_return;
    }
    // The callee may drop the cache.
    Report(round, ImageReport::Kind::kHad, std::move(*had));
    if (IsOutdated(round)) co_return;
  }
  held_.at(round.id).images = round.images;
  parts_.images.LetGo(round.id, round.images);
  Report(round, ImageReport::Kind::kHeld);
}

}  // namespace vk::fake
