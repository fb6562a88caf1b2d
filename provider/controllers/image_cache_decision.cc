#include "provider/controllers/image_cache_decision.h"

namespace vk::controllers {
namespace {

using enum ImageCacheAction;

ImageCacheAction DecideDeletion(const ImageCacheState& state) {
  if (!state.taken_on) return kNothing;
  if (!state.cloud_phase.empty()) return kDelete;
  const bool may_exist = state.has_id || (state.taken_on && !state.never_made);
  return may_exist && !state.gone ? kNothing : kLetGo;
}

ImageCacheAction DecideChange(const ImageCacheState& state) {
  if (state.same_spec) return kNothing;
  // The cloud takes changes in these two states alone; what failed is made anew.
  if (state.cloud_phase == "Ready" || state.cloud_phase == "UpdateFailed")
    return state.noted ? kUpdate : kTakeOn;
  return state.cloud_phase == "Failed" ? kDelete : kNothing;
}

}  // namespace

ImageCacheAction DecideImageCache(const ImageCacheState& state) {
  if (state.being_deleted) return DecideDeletion(state);
  if (!state.taken_on) return kTakeOn;
  if (!state.cloud_phase.empty()) return DecideChange(state);
  if (!state.has_id) {
    if (state.noted) return kCreate;
    // For another spec, and so under another token, one may have been made already.
    return state.never_made || state.gone ? kTakeOn : kNothing;
  }
  if (!state.gone) return kNothing;
  return state.noted ? kTellGone : kForget;
}

}  // namespace vk::controllers
