#include "provider/translate/shell_script.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace vk::translate {
namespace {

// "@IP@" stands for a marked name.
std::optional<std::string> Put(std::string script) {
  std::ranges::replace(script, '@', kShellVariable);
  return WithShellVariables(script);
}

TEST(ShellScriptTest, ShellPutsInWhatStandsOutsideSingleQuotes) {
  EXPECT_EQ(Put("a --ip=@IP@"), "a --ip=${IP}");
  EXPECT_EQ(Put("a \"x@IP@y\" 'b' @IP@"), "a \"x${IP}y\" 'b' ${IP}");
  EXPECT_EQ(Put("a # don't\nb '1' @IP@"), "a # don't\nb '1' ${IP}");
  EXPECT_EQ(Put("echo \\'@IP@"), "echo \\'${IP}");
  EXPECT_EQ(Put("echo \"it's @IP@\""), "echo \"it's ${IP}\"");
  EXPECT_EQ(Put("x=$(a) b @IP@"), "x=$(a) b ${IP}");
}

TEST(ShellScriptTest, WhereTheShellWouldLeaveItNothingIsMade) {
  for (const char* script :
       {"a '@IP@'", "a 'bc @IP@'", "a \\@IP@", "a # don't\nb '@IP@'", "cat <<'E'\n@IP@\nE\n",
        "a $'b' @IP@", "a \"$(b '@IP@')\"", "a \"`b`\" @IP@", "IP=1; a @IP@", "a 'b\\' c '@IP@'"}) {
    EXPECT_EQ(Put(script), std::nullopt) << script;
  }
}

TEST(ShellScriptTest, LoneMarkEndsTheSearchForItsName) { EXPECT_EQ(Put("a @IP"), std::nullopt); }

TEST(ShellScriptTest, ScriptIsTheWordBehindC) {
  EXPECT_EQ(FindScript({"sh", "-c", "x", "y"}, {}), 2);
  EXPECT_EQ(FindScript({"/bin/bash", "-c"}, {"x"}), 2);
  EXPECT_EQ(FindScript({"bash"}, {"-e", "-o", "pipefail", "-c", "x"}), 5);
  EXPECT_EQ(FindScript({"sh", "-ec", "x"}, {}), 2);
  EXPECT_EQ(FindScript({"sh", "file", "-c", "x"}, {}), -1);
  EXPECT_EQ(FindScript({"python", "-c", "x"}, {}), -1);
  EXPECT_EQ(FindScript({}, {"sh", "-c", "x"}), -1);
  EXPECT_EQ(FindScript({"sh", "-c"}, {}), -1);
}

}  // namespace
}  // namespace vk::translate
