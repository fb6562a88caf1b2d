#pragma once

#include <memory>

#include "base/clock.h"
#include "base/http/transport.h"
#include "provider/kube/kube_api.h"

namespace vk::kube {

// The events in the body of a watch's reply. REQUIRES: `clock` outlives the stream.
std::unique_ptr<WatchStream> MakeHttpWatchStream(std::unique_ptr<base::HttpStream> stream,
                                                 base::Clock& clock);

}  // namespace vk::kube
