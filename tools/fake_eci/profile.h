#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "tools/fake_eci/engine/options.h"

namespace vk::fake {

// The names of the profiles that come with the program (profiles/*.yaml).
std::vector<std::string> BuiltInProfiles();

// The text of one, or nothing.
std::string_view BuiltInProfile(std::string_view name);

// Overlays `options` with a profile in YAML: the times as in profiles/article.yaml, and optionally
// `region`, `zones`, `vswitches` (id, vpc, zone, addresses) and `image_caches` (id, name, images).
// Errors: kInvalidArgument naming `source`, the line, the key and what it should be.
base::Result<CloudOptions> ApplyProfile(std::string_view yaml, std::string_view source,
                                        CloudOptions options);

}  // namespace vk::fake
