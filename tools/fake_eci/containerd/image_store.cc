#include "tools/fake_eci/containerd/image_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "proto/cri/v1/runtime.pb.h"
#include "tools/fake_eci/containerd/image_reference.h"
#include "tools/fake_eci/containerd/sandbox_config.h"

namespace vk::fake {
namespace {

namespace cri = runtime::v1;
using namespace std::chrono_literals;
using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using boost::asio::awaitable;

constexpr auto kPullLimit = 30min;
constexpr const char* kMachine = "machine";  // No id of a group or cache.
// Before the words of containerd, by CriClient.
constexpr std::string_view kPullPrefix = "PullImage: ";

using Kind = ImageError::Kind;

std::unexpected<ImageError> Not(Kind kind, Error error) {
  return std::unexpected(ImageError{kind, std::move(error)});
}

Error InItsOwnWords(Error error) {
  if (error.message.starts_with(kPullPrefix)) error.message.erase(0, kPullPrefix.size());
  return error;
}

}  // namespace

ImageStore::Entry& ImageStore::EntryOf(const std::string& image) {
  return entries_.try_emplace(image, parts_.executor).first->second;
}

void ImageStore::Use(const std::string& user, const std::vector<std::string>& images) {
  for (const std::string& image : images) EntryOf(image).users.insert(user);
}

void ImageStore::Pin(const std::vector<std::string>& images) { Use(kMachine, images); }

awaitable<ImageStore::Had> ImageStore::Have(Wanted wanted, std::function<void()> on_pull) {
  if (!IsImageReference(wanted.image)) {
    co_return Not(Kind::kNoReference,
                  Error(ErrorCode::kInvalidArgument,
                        fmt::format("couldn't parse image name \"{}\": invalid reference format",
                                    wanted.image)));
  }
  Use(wanted.user, {wanted.image});
  Entry& entry = EntryOf(wanted.image);
  // The caller that has the turn has a deadline.
  if (Status turn = co_await entry.turn.Acquire(); !turn) {
    co_return Not(Kind::kNotPulled, turn.error());
  }
  auto had = co_await HaveInTurn(wanted, entry, on_pull);
  entry.turn.Release();
  co_return had;
}

awaitable<Result<bool>> ImageStore::Look(const std::string& image, Entry& entry) {
  cri::ImageStatusRequest request;
  request.mutable_image()->set_image(image);
  auto status = co_await parts_.cri.ImageStatus(request, parts_.clock.Now() + kCriCallLimit);
  if (!status) co_return std::unexpected(std::move(status).error());
  entry.id = status->image().id();
  co_return status->has_image();
}

awaitable<ImageStore::Had> ImageStore::HaveInTurn(const Wanted& wanted, Entry& entry,
                                                  const std::function<void()>& on_pull) {
  if (wanted.policy != "Always") {
    const auto present = co_await Look(wanted.image, entry);
    if (!present) co_return Not(Kind::kNotSeen, present.error());
    if (*present) {
      co_return fmt::format("Container image \"{}\" already present on machine", wanted.image);
    }
    if (wanted.policy == "Never") {
      co_return Not(
          Kind::kNotPresent,
          Error(ErrorCode::kNotFound,
                fmt::format("Container image \"{}\" is not present with pull policy of Never",
                            wanted.image)));
    }
  }
  if (on_pull) on_pull();
  cri::PullImageRequest request;
  request.mutable_image()->set_image(wanted.image);
  *request.mutable_auth() = PullSecretOf(wanted.pull_secrets, wanted.image);
  const base::TimePoint begin = parts_.clock.Now();
  auto pulled = co_await parts_.cri.PullImage(std::move(request), begin + kPullLimit);
  if (!pulled) co_return Not(Kind::kNotPulled, InItsOwnWords(std::move(pulled).error()));
  entry.id = pulled->image_ref();
  co_return fmt::format(
      "Successfully pulled image \"{}\" in {}ms", wanted.image,
      std::chrono::duration_cast<std::chrono::milliseconds>(parts_.clock.Now() - begin).count());
}

void ImageStore::LetGo(const std::string& user, const std::vector<std::string>& keeps) {
  for (auto& [image, entry] : entries_) {
    if (std::ranges::find(keeps, image) != keeps.end() || entry.users.erase(user) == 0) continue;
    if (entry.users.empty()) parts_.tasks.Spawn("remove image " + image, Remove(image));
  }
}

awaitable<void> ImageStore::Remove(std::string image) {
  Entry& entry = EntryOf(image);
  if (!co_await entry.turn.Acquire()) co_return;
  if (entry.users.empty()) co_await RemoveInTurn(image, entry);
  entry.turn.Release();
}

// containerd removes all names of an image at once.
awaitable<void> ImageStore::RemoveInTurn(const std::string& image, Entry& entry) {
  const auto present = co_await Look(image, entry);
  if (!present || !*present || IsUsed(entry.id)) co_return;
  cri::RemoveImageRequest request;
  request.mutable_image()->set_image(image);
  const auto removed = co_await parts_.cri.RemoveImage(request, parts_.clock.Now() + kCriCallLimit);
  if (!removed) {
    parts_.log.Warn("cannot remove an image",
                    {{"image", image}, {"error", removed.error().message}});
  }
}

bool ImageStore::IsUsed(const std::string& id) const {
  return std::ranges::any_of(entries_, [&](const auto& named) {
    return named.second.id == id && !named.second.users.empty();
  });
}

awaitable<Status> ImageStore::Sweep() {
  // Listed before it looks, so that what is pulled meanwhile is not swept.
  auto listed = co_await parts_.cri.ListImages({}, parts_.clock.Now() + kCriCallLimit);
  if (!listed) co_return std::unexpected(std::move(listed).error());
  for (auto& [image, entry] : entries_) {
    if (const auto seen = co_await Look(image, entry); !seen)
      co_return std::unexpected(seen.error());
  }
  for (const auto& image : listed->images()) {
    if (IsUsed(image.id())) continue;
    cri::RemoveImageRequest request;
    request.mutable_image()->set_image(image.id());
    const auto removed =
        co_await parts_.cri.RemoveImage(request, parts_.clock.Now() + kCriCallLimit);
    if (!removed) co_return std::unexpected(removed.error());
  }
  co_return Status();
}

}  // namespace vk::fake
