#include "test/tools/fake_eci/containerd/fake_containerd.h"

#include <grpcpp/grpcpp.h>

#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <utility>

#include "proto/cri/v1/runtime.grpc.pb.h"

namespace vk::fake {

namespace cri = runtime::v1;

class FakeContainerd::Service final : public cri::ImageService::CallbackService {
 public:
  explicit Service(const std::string& socket) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("unix://" + socket, grpc::InsecureServerCredentials());
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
  }
  ~Service() override {
    LetAllEnd();
    server_->Shutdown();
  }

  void Publish(const std::string& image, const std::string& id) {
    const std::scoped_lock lock(mutex_);
    registry_[image] = id;
  }
  void Put(const std::string& image, const std::string& id) {
    const std::scoped_lock lock(mutex_);
    store_[image] = id;
  }
  void HoldAll() {
    const std::scoped_lock lock(mutex_);
    holds_ = true;
  }
  void LetAllEnd() {
    const std::scoped_lock lock(mutex_);
    holds_ = false;
    for (const auto& end : std::exchange(held_, {})) end();
  }
  std::vector<std::string> images() const {
    const std::scoped_lock lock(mutex_);
    std::vector<std::string> names;
    for (const auto& [name, id] : store_) names.push_back(name);
    return names;
  }
  std::vector<std::string> pulls() const {
    const std::scoped_lock lock(mutex_);
    return pulls_;
  }
  int removals() const {
    const std::scoped_lock lock(mutex_);
    return removals_;
  }

 private:
  using Context = grpc::CallbackServerContext;
  using Reactor = grpc::ServerUnaryReactor;

  struct Pull {
    Reactor* reactor;
    std::string image;
    cri::PullImageResponse* reply;
  };

  static Reactor* Done(Context* context) {
    auto* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

  void EndWhenLet(std::function<void()> end) {
    if (holds_) {
      held_.push_back(std::move(end));
    } else {
      end();
    }
  }

  void End(const Pull& pull) {
    const auto published = registry_.find(pull.image);
    if (published == registry_.end()) {
      pull.reactor->Finish({grpc::StatusCode::NOT_FOUND, "no such image"});
      return;
    }
    store_[pull.image] = published->second;
    pull.reply->set_image_ref(published->second);
    pull.reactor->Finish(grpc::Status::OK);
  }

  Reactor* ImageStatus(Context* context, const cri::ImageStatusRequest* request,
                       cri::ImageStatusResponse* reply) override {
    const std::scoped_lock lock(mutex_);
    const auto it = store_.find(request->image().image());
    if (it != store_.end()) reply->mutable_image()->set_id(it->second);
    return Done(context);
  }
  Reactor* PullImage(Context* context, const cri::PullImageRequest* request,
                     cri::PullImageResponse* reply) override {
    const std::scoped_lock lock(mutex_);
    const Pull pull{context->DefaultReactor(), request->image().image(), reply};
    pulls_.push_back(pull.image + " as " + request->auth().username());
    EndWhenLet([this, pull] { End(pull); });
    return pull.reactor;
  }
  Reactor* ListImages(Context* context, const cri::ListImagesRequest*,
                      cri::ListImagesResponse* reply) override {
    const std::scoped_lock lock(mutex_);
    std::set<std::string> ids;
    for (const auto& [name, id] : store_) ids.insert(id);
    for (const std::string& id : ids) reply->add_images()->set_id(id);
    return Done(context);
  }
  // By a name or an id; all names of the image go, as containerd does it.
  Reactor* RemoveImage(Context* context, const cri::RemoveImageRequest* request,
                       cri::RemoveImageResponse*) override {
    const std::scoped_lock lock(mutex_);
    ++removals_;
    auto* reactor = context->DefaultReactor();
    EndWhenLet([this, reactor, wanted = request->image().image()] {
      const auto named = store_.find(wanted);
      const std::string id = named == store_.end() ? wanted : named->second;
      std::erase_if(store_, [&](const auto& image) { return image.second == id; });
      reactor->Finish(grpc::Status::OK);
    });
    return reactor;
  }

  mutable std::mutex mutex_;
  std::map<std::string, std::string> registry_;  // Ids by name, as in the store.
  std::map<std::string, std::string> store_;
  std::vector<std::string> pulls_;
  int removals_ = 0;
  std::vector<std::function<void()>> held_;
  bool holds_ = false;
  std::unique_ptr<grpc::Server> server_;
};

FakeContainerd::FakeContainerd(const std::string& socket)
    : service_(std::make_unique<Service>(socket)) {}
FakeContainerd::~FakeContainerd() = default;

void FakeContainerd::Publish(const std::string& image, const std::string& id) {
  service_->Publish(image, id);
}
void FakeContainerd::Put(const std::string& image, const std::string& id) {
  service_->Put(image, id);
}
void FakeContainerd::HoldAll() { service_->HoldAll(); }
void FakeContainerd::LetAllEnd() { service_->LetAllEnd(); }
std::vector<std::string> FakeContainerd::images() const { return service_->images(); }
std::vector<std::string> FakeContainerd::pulls() const { return service_->pulls(); }
int FakeContainerd::removals() const { return service_->removals(); }

}  // namespace vk::fake
