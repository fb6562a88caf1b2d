#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vk::translate {

// Around the name of a variable that only the shell can put in; no text of a pod has this byte.
inline constexpr char kShellVariable = '\0';

// Which word of command and args together a shell reads as its script: that behind the -c of
// `sh` or `bash`. -1: none.
int FindScript(const std::vector<std::string>& command, const std::vector<std::string>& args);

// The script with `${NAME}` for each marked name. Nothing where a shell would not put the value in
// (in single quotes, behind a backslash), and where that cannot be told without being a shell:
// here-documents, $'..', substitutions within double quotes, scripts that set the variable
// themselves.
std::optional<std::string> WithShellVariables(std::string_view script);

// What a script begins with that sets and exports a variable: everything in `value` literally, but
// for the marked names, which the shell puts in.
std::string ShellExport(std::string_view name, std::string_view value);

}  // namespace vk::translate
