#include "provider/kube/kubeconfig.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/http/url.h"
#include "base/proto_json/base64.h"
#include "base/proto_json/proto_json.h"
#include "proto/kubernetes/exec_credential.pb.h"
#include "provider/kube/exec_token.h"

namespace vk::kube {
namespace {

using base::SecretString;

constexpr std::array<std::string_view, 2> kExecVersions = {"client.authentication.k8s.io/v1",
                                                           "client.authentication.k8s.io/v1beta1"};

// Everything wrong with one source, so that a user corrects it in one go.
class Problems {
 public:
  void Add(const std::string& key, const std::string& problem) {
    text_ += (count_++ == 0 ? "" : "; ") + key + ": " + problem;
  }
  bool empty() const { return count_ == 0; }
  std::unexpected<base::Error> AsError(const std::string& source) const {
    return std::unexpected(
        base::Error(base::ErrorCode::kInvalidArgument, "read " + source + ": " + text_));
  }

 private:
  int count_ = 0;
  std::string text_;
};

// A map of the file with its place in it.
class Section {
 public:
  Section(const YAML::Node& node, std::string place, Problems& problems)
      : node_(node), place_(std::move(place)), problems_(problems) {}

  // The text of `key`, empty when it is absent.
  std::string Text(const std::string& key) const {
    const YAML::Node value = Member(key);
    if (!value || value.IsNull()) return "";
    if (value.IsScalar()) return value.Scalar();
    Problem(key, "must be text");
    return "";
  }

  bool Flag(const std::string& key) const {
    const std::string text = Text(key);
    if (!text.empty() && text != "true" && text != "false")
      Problem(key, "must be true or false, not \"" + text + "\"");
    return text == "true";
  }

  Section Sub(const std::string& key) const { return {Member(key), Place(key), problems_}; }
  YAML::Node Member(const std::string& key) const {
    return node_ && node_.IsMap() ? node_[key] : YAML::Node(YAML::NodeType::Undefined);
  }
  bool Has(const std::string& key) const {
    const YAML::Node value = Member(key);
    return value && !value.IsNull();
  }
  void Problem(const std::string& key, const std::string& problem) const {
    problems_.Add(Place(key), problem);
  }

  // The map called `name` in a list of {name, <kind>} such as "clusters".
  Section Named(const std::string& list, const std::string& kind, const std::string& name) const {
    const std::string place = list + "[" + name + "]";
    for (const YAML::Node& entry : Member(list)) {
      if (!entry.IsMap() || !entry["name"] || !entry["name"].IsScalar() ||
          entry["name"].Scalar() != name)
        continue;
      return {entry[kind], place + "." + kind, problems_};
    }
    problems_.Add(list, "has no \"" + name + "\"; add it, or choose another context");
    return {YAML::Node(YAML::NodeType::Undefined), place + "." + kind, problems_};
  }

  explicit operator bool() const { return node_ && node_.IsMap(); }

 private:
  std::string Place(const std::string& key) const {
    return place_.empty() ? key : place_ + "." + key;
  }

  YAML::Node node_;
  std::string place_;
  Problems& problems_;
};

// The user of `context`, or of the file's own when that is empty.
Section UserOf(const Section& file, std::string context) {
  if (context.empty()) context = file.Text("current-context");
  const Section chosen = file.Named("contexts", "context", context);
  return file.Named("users", "user", chosen.Text("user"));
}

base::Result<YAML::Node> Parse(const std::string& text, const std::string& source) {
  Problems problems;
  try {
    YAML::Node file = YAML::Load(text);
    if (file.IsMap()) return file;
    problems.Add("its content", "is no kubeconfig");
  } catch (const YAML::Exception& error) {
    problems.Add("line " + std::to_string(error.mark.line + 1), error.msg);
  }
  return problems.AsError(source);
}

// The token that a kubeconfig holds now; empty when it holds none.
base::Result<std::string> TokenIn(const std::string& text, const std::string& context,
                                  const std::string& source) {
  VK_TRY(file, Parse(text, source));
  Problems problems;
  std::string token;
  try {
    token = UserOf(Section(file, "", problems), context).Text("token");
  } catch (const YAML::Exception& error) {
    problems.Add("line " + std::to_string(error.mark.line + 1), error.msg);
  }
  if (!problems.empty()) return problems.AsError(source);
  return token;
}

class KubeconfigReader {
 public:
  KubeconfigReader(const std::string& path, const KubeAccessParts& parts)
      : parts_(parts), path_(path) {
    const std::size_t slash = path.rfind('/');
    folder_ = slash == std::string::npos ? "" : path.substr(0, slash + 1);
  }

  KubeAccess Read(const Section& file, const std::string& asked) {
    const std::string context = asked.empty() ? file.Text("current-context") : asked;
    KubeAccess access;
    access.tokens = MakeFixedToken(SecretString());
    if (context.empty()) {
      file.Problem("current-context", "is empty; set it, or name a context");
      return access;
    }
    const Section chosen = file.Named("contexts", "context", context);
    if (!chosen) return access;
    if (chosen.Has("namespace")) access.ns = chosen.Text("namespace");
    ReadCluster(file.Named("clusters", "cluster", chosen.Text("cluster")), &access);
    ReadUser(file.Named("users", "user", chosen.Text("user")), asked, &access);
    return access;
  }

 private:
  void ReadCluster(const Section& cluster, KubeAccess* access) {
    if (!cluster) return;
    access->server = cluster.Text("server");
    if (auto origin = base::ParseHttpOrigin(access->server); !origin)
      cluster.Problem("server", origin.error().message);
    access->tls.server_name = cluster.Text("tls-server-name");
    access->tls.verify_server = !cluster.Flag("insecure-skip-tls-verify");
    access->tls.authorities_pem = Inline(cluster, "certificate-authority");
    if (!access->tls.verify_server && !access->tls.authorities_pem.empty())
      cluster.Problem("insecure-skip-tls-verify",
                      "contradicts certificate-authority; remove one of them");
    if (cluster.Has("proxy-url"))
      cluster.Problem("proxy-url", "is not supported; reach the server directly");
  }

  void ReadUser(const Section& user, const std::string& context, KubeAccess* access) {
    if (!user) return;
    for (const char* key : {"as", "as-uid", "as-groups", "as-user-extra"})
      if (user.Has(key)) user.Problem(key, "impersonation is not supported; remove it");
    for (const char* key : {"username", "password", "auth-provider"})
      if (user.Has(key))
        user.Problem(key, "is not supported; use a client certificate, a token or exec");
    access->tls.certificate_pem = Inline(user, "client-certificate");
    access->tls.private_key_pem = SecretString(Inline(user, "client-key"));
    if (access->tls.certificate_pem.empty() != access->tls.private_key_pem.empty())
      user.Problem("client-certificate", "comes only together with client-key; give both");
    if (user.Has("tokenFile")) {
      access->tokens = MakeFileToken(Resolve(user.Text("tokenFile")), parts_.read, parts_.clock);
    } else if (user.Has("token")) {
      access->tokens = MakeFileToken(
          path_,
          [read = parts_.read, context](const std::string& path) -> base::Result<std::string> {
            VK_TRY(text, read(path));
            return TokenIn(text, context, "kubeconfig " + path);
          },
          parts_.clock, SecretString(user.Text("token")));
    } else if (user.Has("exec")) {
      access->tokens = MakeExecToken(ReadExec(user.Sub("exec"), *access), parts_.runner,
                                     parts_.clock, parts_.executor);
    }
  }

  ExecPlugin ReadExec(const Section& exec, const KubeAccess& access) {
    ExecPlugin plugin{
        .command = {.program = exec.Text("command"), .args = {}, .environment = parts_.environment},
        .api_version = exec.Text("apiVersion"),
        .install_hint = exec.Text("installHint")};
    if (std::ranges::find(kExecVersions, plugin.api_version) == kExecVersions.end())
      exec.Problem("apiVersion", "must be client.authentication.k8s.io/v1 or v1beta1, not \"" +
                                     plugin.api_version + "\"");
    if (plugin.command.program.empty()) exec.Problem("command", "is empty; name the plugin");
    if (plugin.command.program.find('/') != std::string::npos)
      plugin.command.program = Resolve(plugin.command.program);
    if (exec.Text("interactiveMode") == "Always")
      exec.Problem("interactiveMode", "is Always, but there is no terminal; use another plugin");
    for (const YAML::Node& arg : exec.Member("args"))
      plugin.command.args.push_back(arg.IsScalar() ? arg.Scalar() : "");
    for (const YAML::Node& entry : exec.Member("env")) {
      const Section variable(entry, "", ignored_);
      plugin.command.environment.push_back(variable.Text("name") + "=" + variable.Text("value"));
    }
    plugin.command.environment.push_back("KUBERNETES_EXEC_INFO=" +
                                         ExecInfo(plugin, exec.Flag("provideClusterInfo"), access));
    return plugin;
  }

  static std::string ExecInfo(const ExecPlugin& plugin, bool with_cluster,
                              const KubeAccess& access) {
    kubernetes::ExecCredential ask;
    ask.set_apiversion(plugin.api_version);
    ask.set_kind("ExecCredential");
    ask.mutable_spec()->set_interactive(false);
    if (with_cluster) {
      auto& cluster = *ask.mutable_spec()->mutable_cluster();
      cluster.set_server(access.server);
      cluster.set_tlsservername(access.tls.server_name);
      cluster.set_insecureskiptlsverify(!access.tls.verify_server);
      cluster.set_certificateauthoritydata(access.tls.authorities_pem);
    }
    return base::ToJson(ask, base::JsonNames::kKubernetes).value_or("{}");
  }

  // PEM of "<key>-data" (base64), or of the file that "<key>" names.
  std::string Inline(const Section& section, const std::string& key) {
    if (section.Has(key + "-data")) {
      auto pem = base::Base64Decode(section.Text(key + "-data"));
      if (!pem) section.Problem(key + "-data", "is not base64");
      return pem.value_or("");
    }
    if (!section.Has(key)) return "";
    const std::string path = Resolve(section.Text(key));
    auto pem = parts_.read(path);
    // An empty file is one that is being written; without authorities the system's would be
    // trusted.
    if (!pem) {
      section.Problem(key, pem.error().message + "; correct the path");
    } else if (pem->empty()) {
      section.Problem(key, path + ": is empty; put PEM there");
    }
    return pem.value_or("");
  }

  std::string Resolve(const std::string& path) const {
    return path.starts_with('/') ? path : folder_ + path;
  }

  const KubeAccessParts& parts_;
  const std::string path_;
  std::string folder_;
  Problems ignored_;
};

// An empty file is one that is being written; without authorities the system's would be trusted.
base::Result<std::string> ReadAuthorities(const FileReader& read, const std::string& path) {
  VK_TRY(pem, read(path));
  if (!pem.empty()) return pem;
  return std::unexpected(base::Error(base::ErrorCode::kInvalidArgument, path + ": is empty"));
}

}  // namespace

base::Result<KubeAccess> LoadKubeconfig(const std::string& path, const std::string& context,
                                        const KubeAccessParts& parts) {
  const std::string source = "kubeconfig " + path;
  auto text = parts.read(path);
  if (!text) {
    Problems problems;
    problems.Add("the file", text.error().message + "; name a kubeconfig that this user may read");
    return problems.AsError(source);
  }
  VK_TRY(file, Parse(*text, source));
  Problems problems;
  KubeAccess access;
  try {
    access = KubeconfigReader(path, parts).Read(Section(file, "", problems), context);
  } catch (const YAML::Exception& error) {
    problems.Add("line " + std::to_string(error.mark.line + 1), error.msg);
  }
  if (!problems.empty()) return problems.AsError(source);
  access.read_tls = [path, context, parts,
                     server = access.server]() -> base::Result<base::TlsClientOptions> {
    VK_TRY(now, LoadKubeconfig(path, context, parts));
    if (now.server == server) return now.tls;
    return std::unexpected(base::Error(
        base::ErrorCode::kInvalidArgument,
        "read kubeconfig " + path + ": its server is " + now.server + " now; restart to use it"));
  };
  return access;
}

base::Result<KubeAccess> LoadInCluster(const InCluster& where, const KubeAccessParts& parts) {
  std::vector<std::string> problems;
  if (where.host.empty()) problems.emplace_back("KUBERNETES_SERVICE_HOST is empty");
  if (where.port.empty()) problems.emplace_back("KUBERNETES_SERVICE_PORT is empty");
  const std::string token = where.folder + "/token";
  if (auto read = parts.read(token); !read) problems.push_back(read.error().message);
  auto authorities = ReadAuthorities(parts.read, where.folder + "/ca.crt");
  if (!authorities) problems.push_back(authorities.error().message);
  if (!problems.empty()) {
    return std::unexpected(base::Error(
        base::ErrorCode::kInvalidArgument,
        fmt::format("no kubeconfig is named by --kubeconfig or KUBECONFIG, and this is no pod with "
                    "a service account: {}",
                    fmt::join(problems, "; "))));
  }

  KubeAccess access;
  const bool v6 = where.host.find(':') != std::string::npos;
  access.server = "https://" + (v6 ? "[" + where.host + "]" : where.host) + ":" + where.port;
  access.tls.authorities_pem = std::move(*authorities);
  access.read_tls = [read = parts.read,
                     path = where.folder + "/ca.crt"]() -> base::Result<base::TlsClientOptions> {
    VK_TRY(pem, ReadAuthorities(read, path));
    return base::TlsClientOptions{.authorities_pem = std::move(pem)};
  };
  access.tokens = MakeFileToken(token, parts.read, parts.clock);
  if (auto ns = parts.read(where.folder + "/namespace"); ns && !ns->empty()) access.ns = *ns;
  return access;
}

}  // namespace vk::kube
