#pragma once

#include "tools/fake_eci/engine/agenda.h"

namespace vk::fake {

struct World;

// One due step of an image cache; outdated ones do nothing.
void RunImageCacheStep(World& world, const Step& step);

}  // namespace vk::fake
