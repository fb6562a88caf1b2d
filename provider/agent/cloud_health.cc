#include "provider/agent/cloud_health.h"

namespace vk::agent {
namespace {

using base::ErrorCode;

bool KeysRefused(const base::Error& error) {
  return error.code == ErrorCode::kUnauthenticated || error.code == ErrorCode::kPermissionDenied;
}

bool Unreachable(const base::Error& error) {
  return error.code == ErrorCode::kUnavailable || error.code == ErrorCode::kDeadlineExceeded;
}

CloudTrouble Describe(const base::Error& error) {
  const char* const otherwise = KeysRefused(error)   ? "CloudRefusesKeys"
                                : Unreachable(error) ? "CloudUnreachable"
                                                     : "ListingFails";
  return {.reason = error.cloud_code.empty() ? otherwise : error.cloud_code,
          .message = error.message};
}

// What the last listing showed stands no longer, and nothing has taken its place.
CloudTrouble NoListingSince() {
  return {.reason = "ListingUnavailable",
          .message = "listings of container groups have failed for some time; CloudReady says why",
          .unknown = true};
}

}  // namespace

void CloudHealth::OnCreate(const base::Error* error) {
  if (error == nullptr) {
    create_.reset();
    poll_.reset();
  } else if (KeysRefused(*error)) {
    create_ = Seen{Describe(*error), clock_.Now()};
  }
}

void CloudHealth::OnPoll(const base::Error* error) {
  if (error == nullptr) {
    poll_.reset();
    listing_ = {};
    failed_polls_ = 0;
    return;
  }
  ++failed_polls_;
  const bool lasting = failed_polls_ >= kFailedPolls;
  const bool refused = KeysRefused(*error);
  if (refused || (Unreachable(*error) && lasting)) poll_ = Seen{Describe(*error), clock_.Now()};
  if (!lasting) return;
  if (refused || Unreachable(*error)) {
    if (!listing_.unknown) listing_ = NoListingSince();
  } else {
    poll_.reset();
    listing_ = Describe(*error);
  }
}

CloudTrouble CloudHealth::Trouble() const {
  if (poll_) return poll_->trouble;
  if (create_ && clock_.Now() - create_->at < kMemory) return create_->trouble;
  return {};
}

}  // namespace vk::agent
