// The options of a command. CLI11 reads them, and only command_line.cpp knows it: its header takes seconds to compile,
// in every file that includes it.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
class Validator;
}  // namespace CLI

namespace ae {

using Arguments = std::vector<std::string>;

/// A condition on the value of an option, with a message for people.
using Check = std::shared_ptr<const CLI::Validator>;

Check at_least(double bound);
Check above(double bound);
Check between(double low, double high);
Check one_of(const std::vector<std::string>& words);  ///< the help lists them

/// An option of a command line, to be described further.
class Option {
public:
    explicit Option(CLI::Option* option) : option_(option) {}

    Option& required(bool yes = true);
    Option& check(const Check& check);
    Option& delimiter(char separator);              ///< between the values of one that takes several
    Option& repeatable();                           ///< takes several values, but one argument at a time
    Option& excludes(const Option& other);          ///< not both
    Option& environment(const std::string& name);   ///< a variable that gives the value by default
    Option& not_from_file();                        ///< not read from a configuration file
    Option& may_be_empty(const std::string& what);  ///< its value, called so in the help, can be left out

private:
    CLI::Option* option_;
};

/// A command line of its own: `ae_cuda NAME`. The example is printed below the options.
class CommandLine {
public:
    CommandLine(const std::string& name, const std::string& description, const std::string& example);
    ~CommandLine();

    /// "-o,--output", or "MODEL" for one without a name. The help shows the current value of `value` as the
    /// default. Instantiated for the types that command_line.cpp names.
    template <typename Value>
    Option add_option(const std::string& names, Value& value, const std::string& text);
    Option add_flag(const std::string& names, bool& value, const std::string& text);
    void add_configuration_file(const std::string& name, const std::string& text);  ///< see config_file.h
    const std::string& configuration_file() const { return file_; }
    void remove(const std::string& name);

    /// The heading under which --help shows the options that are added from now on; "": the usual one.
    void group(const std::string& heading);

    /// False if help was asked for and printed: nothing is left to do.
    /// Throws UsageError: what was wrong and, for an unknown option, the nearest one that exists.
    bool read(const Arguments& arguments);

    /// True when the option was given on the command line, in the configuration file or the environment.
    bool given(const std::string& option) const;

    /// All of these, by their first long names: "--lr".
    std::vector<std::string> given_options() const;

private:
    void parse(Arguments arguments);
    Arguments options_of_file() const;

    Option described(CLI::Option* option);

    std::unique_ptr<CLI::App> app_;
    std::string group_;
    std::string file_;
};

/// "0.2.0 (commit 1a2b3c4)"
std::string version_text();

}  // namespace ae
