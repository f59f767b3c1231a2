#include "command/command_line.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>

#include "ae/error.h"
#include "ae/version.h"
#include "base/terminal.h"
#include "base/words.h"
#include "command/config_file.h"
#include "command/help_page.h"
#include "train/progress.h"

namespace ae {

namespace {

/// "--epohcs" → "; did you mean --epochs?"
std::string suggestion(const CLI::App& app, const std::string& unknown) {
    std::vector<std::string> names;
    for (const CLI::Option* option : app.get_options())
        for (const std::string& long_name : option->get_lnames()) names.push_back("--" + long_name);
    const std::string best = nearest_word(unknown, names);
    return best.empty() ? "" : fmt::format("; did you mean {}?", best);
}

std::string unknown_options(const CLI::App& app) {
    std::string text;
    for (const std::string& extra : app.remaining()) {
        if (!text.empty() && !extra.starts_with('-')) continue;  // the value of the one before it
        const std::string name = extra.substr(0, extra.find('='));
        text += fmt::format("{}{}{}", text.empty() ? "" : ", ", extra, suggestion(app, name));
    }
    return text;
}

/// The value of a line of a file; a list has the option's own delimiter between its values.
std::string value_for(const CLI::Option& option, const ConfigLine& line) {
    if (line.list.empty()) return line.value;
    if (option.get_delimiter() != '\0')
        return fmt::format("{}", fmt::join(line.list, std::string(1, option.get_delimiter())));
    throw UsageError(fmt::format("{}: '{}' is neither a text nor a number nor true or false", line.place, line.name));
}

Check number_check(const std::string& wanted, std::function<bool(double)> holds) {
    const auto complaint = [wanted, holds](const std::string& text) -> std::string {
        double value = 0;
        if (!CLI::detail::lexical_cast(text, value)) return fmt::format("'{}' is not a number", text);
        return holds(value) ? "" : fmt::format("{} is not {}", text, wanted);
    };
    return std::make_shared<CLI::Validator>(complaint, "");
}

}  // namespace

Check at_least(double bound) {
    return number_check(fmt::format("{} or more", bound), [bound](double v) { return v >= bound; });
}

Check above(double bound) {
    return number_check(fmt::format("a number above {}", bound),
                        [bound](double v) { return v > bound && std::isfinite(v); });
}

Check between(double low, double high) {
    return number_check(fmt::format("in {}…{}", low, high), [=](double v) { return v >= low && v <= high; });
}

Check one_of(const std::vector<std::string>& words) {
    return std::make_shared<CLI::IsMember>(words);
}

Option& Option::required(bool yes) {
    option_->required(yes);
    return *this;
}

Option& Option::check(const Check& check) {
    option_->check(*check);
    return *this;
}

Option& Option::delimiter(char separator) {
    option_->delimiter(separator);
    return *this;
}

Option& Option::repeatable() {
    option_->allow_extra_args(false);
    return *this;
}

Option& Option::excludes(const Option& other) {
    option_->excludes(other.option_);
    return *this;
}

Option& Option::environment(const std::string& name) {
    option_->envname(name);
    return *this;
}

Option& Option::not_from_file() {
    option_->configurable(false);
    return *this;
}

Option& Option::may_be_empty(const std::string& what) {
    option_->expected(0, 1)->type_name(what);
    return *this;
}

CommandLine::CommandLine(const std::string& name, const std::string& description, const std::string& example)
    : app_(std::make_unique<CLI::App>(description, "ae_cuda " + name)) {
    app_->footer("Example:\n  " + example);
    app_->set_help_flag("-h,--help", "Print this help and exit")->configurable(false);
    app_->set_help_all_flag("--help-all", "Print all options, the engines' too")->configurable(false);
    app_->option_defaults()->always_capture_default();
}

CommandLine::~CommandLine() = default;

template <typename Value>
Option CommandLine::add_option(const std::string& names, Value& value, const std::string& text) {
    return described(app_->add_option(names, value, text));
}

/// An option whose value may be left out then has the value "".
template <>
Option CommandLine::add_option(const std::string& names, std::optional<std::string>& value, const std::string& text) {
    const auto set = [&value](const std::vector<std::string>& v) { value = v.empty() ? "" : v.front(); };
    return described(app_->add_option_function<std::vector<std::string>>(names, set, text));
}

template Option CommandLine::add_option(const std::string&, std::string&, const std::string&);
template Option CommandLine::add_option(const std::string&, int&, const std::string&);
template Option CommandLine::add_option(const std::string&, std::uint64_t&, const std::string&);
template Option CommandLine::add_option(const std::string&, double&, const std::string&);
template Option CommandLine::add_option(const std::string&, std::optional<std::uint64_t>&, const std::string&);
template Option CommandLine::add_option(const std::string&, std::optional<double>&, const std::string&);
template Option CommandLine::add_option(const std::string&, std::vector<int>&, const std::string&);
template Option CommandLine::add_option(const std::string&, std::vector<std::string>&, const std::string&);

Option CommandLine::add_flag(const std::string& names, bool& value, const std::string& text) {
    return described(app_->add_flag(names, value, text));
}

void CommandLine::group(const std::string& heading) {
    group_ = heading;
}

Option CommandLine::described(CLI::Option* option) {
    if (!group_.empty()) option->group(group_);
    return Option(option);
}

void CommandLine::add_configuration_file(const std::string& name, const std::string& text) {
    app_->add_option(name, file_, text)->configurable(false)->type_name("FILE");
}

void CommandLine::remove(const std::string& name) {
    app_->remove_option(app_->get_option(name));
}

bool CommandLine::given(const std::string& option) const {
    return app_->count(option) > 0;
}

std::vector<std::string> CommandLine::given_options() const {
    std::vector<std::string> names;
    for (const CLI::Option* option : app_->get_options())
        if (option->count() > 0 && !option->get_lnames().empty()) names.push_back("--" + option->get_lnames().front());
    return names;
}

bool CommandLine::read(const Arguments& arguments) {
    try {
        parse(arguments);
        if (file_.empty()) return true;
        Arguments all = options_of_file();
        all.insert(all.begin(), arguments.begin(), arguments.end());
        parse(std::move(all));
        return true;
    } catch (const CLI::CallForHelp&) {
        print_text(help_page(*app_, terminal_columns(), false));
        return false;
    } catch (const CLI::CallForAllHelp&) {
        print_text(help_page(*app_, terminal_columns(), true));
        return false;
    } catch (const CLI::ExtrasError&) {
        throw UsageError(
            fmt::format("{}: unknown: {}; --help lists the options", app_->get_name(), unknown_options(*app_)));
    } catch (const CLI::ParseError& error) {
        throw UsageError(fmt::format("{}: {}; --help lists the options", app_->get_name(), error.what()));
    }
}

void CommandLine::parse(Arguments arguments) {
    std::ranges::reverse(arguments);  // the order in which CLI11 wants a vector
    app_->parse(std::move(arguments));
}

/// Those that the command line, which has been parsed, does not give itself.
Arguments CommandLine::options_of_file() const {
    Arguments options;
    for (const ConfigLine& line : read_config(file_)) {
        const std::string name = "--" + line.name;
        const CLI::Option* option = app_->get_option_no_throw(name);
        if (!option || !option->get_configurable())
            throw UsageError(fmt::format("{}: {} {}", line.place, line.name,
                                         option
                                             ? "cannot stand in a file; give it on the command line"
                                             : "is unknown" + suggestion(*app_, name) + "; --help lists the options"));
        if (app_->count(name) == 0) options.push_back(name + "=" + value_for(*option, line));
    }
    return options;
}

std::string version_text() {
    return fmt::format("{} (commit {})", kVersion, kCommit);
}

}  // namespace ae
