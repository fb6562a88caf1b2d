#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "base/task_group.h"
#include "tools/fake_eci/containerd/image_store.h"
#include "tools/fake_eci/containerd/paths.h"
#include "tools/fake_eci/engine/image_cache/image_host.h"

namespace vk::fake {

// The images of the engine's caches, as users of the store. What it holds is written down, one file
// for each cache, and found again by the next process with these paths. Used on one thread.
class ImageKeeper final : public ImageHost {
 public:
  // What becomes of what it is told.
  using OnReport = std::function<void(const ImageReport&)>;

  // All outlive it; pulls run in `tasks`.
  struct Parts {
    ImageStore& images;
    const RuntimePaths& paths;
    base::Log& log;
    base::TaskGroup& tasks;
    OnReport report;
  };
  explicit ImageKeeper(Parts parts) : parts_(std::move(parts)) {}

  // Tells of each cache that an earlier process held and this one does not, by its snapshot
  // (engine/image_cache/image_cache_life.h). The file of one that is refused is named in the log
  // and stays.
  void Find(const std::function<base::Status(std::string_view snapshot)>& on_found) const;

  void Hold(const ImageCache& cache) override;
  void Remember(const ImageCache& cache) override;
  void Drop(const ImageCache& cache) override;

 private:
  // What a pull has to know; a value.
  struct Round {
    std::string id;
    std::uint64_t number = 0;
    std::uint64_t epoch = 0;
    std::vector<std::string> images;
    std::string pull_secrets;
  };

  boost::asio::awaitable<void> Pull(Round round);
  bool IsOutdated(const Round& round) const;
  void Report(const Round& round, ImageReport::Kind kind, std::string message = {}) const;

  const Parts parts_;
  struct Held {
    std::uint64_t number = 0;  // The newest round's.
    std::uint64_t epoch = 0;
    std::vector<std::string> images;  // Those of the last round that came to its end.
  };
  std::map<std::string, Held> held_;  // By the id of the cache.
};

}  // namespace vk::fake
