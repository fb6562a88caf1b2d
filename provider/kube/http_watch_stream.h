#pragma once

#include <memory>

#include "base/clock.h"
#include "base/http/transport.h"
#include "provider/kube/kube_api.h"
#include "provider/kube/watch_decoder.h"

namespace vk::kube {

// The events in the body of a watch's reply. REQUIRES: `clock` outlives the stream.
std::unique_ptr<WatchStream> MakeHttpWatchStream(std::unique_ptr<base::HttpStream> stream,
                                                 std::unique_ptr<WatchDecoder> decoder,
                                                 base::Clock& clock);

}  // namespace vk::kube
