#include "tools/fake_eci/containerd/runtime_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/file.h>
#include <unistd.h>

#include <fstream>
#include <string>

namespace vk::fake {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::milliseconds kPause{50};

base::Error Refused(const RuntimePaths& paths, std::string_view why) {
  return {base::ErrorCode::kInvalidArgument,
          fmt::format("--runtime-dir {}: {}", paths.root.string(), why)};
}

base::Status Mark(const RuntimePaths& paths) {
  std::error_code failed;
  fs::create_directories(paths.root, failed);
  if (failed) return std::unexpected(Refused(paths, failed.message()));
  if (fs::exists(paths.mark(), failed)) return {};
  if (!fs::is_empty(paths.root, failed) || failed) {
    return std::unexpected(
        Refused(paths, "there are files in it that no fake-eci made; name another folder"));
  }
  std::ofstream mark(paths.mark());
  mark << "fake-eci --purge removes this folder, and all that its containers left elsewhere.\n";
  mark.close();
  if (!mark) return std::unexpected(Refused(paths, "cannot be written"));
  return {};
}

}  // namespace

base::Result<RuntimeFolder> RuntimeFolder::Take(const RuntimePaths& paths,
                                                std::chrono::milliseconds patience) {
  std::error_code none;
  const bool is_new = !fs::exists(paths.mark(), none);
  VK_CHECK_OK(Mark(paths));
  RuntimeFolder folder(::open(paths.lock().c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600), is_new);
  if (folder.lock_ < 0) return std::unexpected(Refused(paths, "cannot be locked"));
  while (::flock(folder.lock_, LOCK_EX | LOCK_NB) != 0) {
    if (patience <= patience.zero()) {
      return std::unexpected(
          Refused(paths, "another fake-eci uses it; end that one, or name another folder"));
    }
    (void)::poll(nullptr, 0, static_cast<int>(kPause.count()));
    patience -= kPause;
  }
  return folder;
}

RuntimeFolder::~RuntimeFolder() {
  if (lock_ >= 0) ::close(lock_);
}

}  // namespace vk::fake
