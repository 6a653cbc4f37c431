// SPDX-License-Identifier: Apache-2.0
#include "schemas/values/units.h"

#include <algorithm>
#include <array>

namespace watchglass {
namespace {

constexpr auto units = std::to_array<Unit>({
    // numbers
    {"1", ""},
    {"%", "%"},
    {"[ppth]", "\u2030"},
    {"[ppm]", "ppm"},
    {"[ppb]", "ppb"},
    {"[pH]", "pH"},
    {"dB", "dB"},
    // temperature
    {"Cel", "\u00b0C"},
    {"K", "K"},
    {"mK", "mK"},
    {"[degF]", "\u00b0F"},
    {"Cel/min", "\u00b0C/min"},
    {"Cel/s", "\u00b0C/s"},
    {"K/s", "K/s"},
    {"K/min", "K/min"},
    // time and frequency
    {"s", "s"},
    {"ms", "ms"},
    {"us", "\u00b5s"},
    {"ns", "ns"},
    {"min", "min"},
    {"h", "h"},
    {"d", "d"},
    {"Hz", "Hz"},
    {"kHz", "kHz"},
    {"MHz", "MHz"},
    {"GHz", "GHz"},
    {"1/s", "1/s"},
    {"1/min", "1/min"},
    {"1/h", "1/h"},
    // length, area, volume, speed
    {"m", "m"},
    {"km", "km"},
    {"dm", "dm"},
    {"cm", "cm"},
    {"mm", "mm"},
    {"um", "\u00b5m"},
    {"nm", "nm"},
    {"m2", "m\u00b2"},
    {"cm2", "cm\u00b2"},
    {"mm2", "mm\u00b2"},
    {"m3", "m\u00b3"},
    {"cm3", "cm\u00b3"},
    {"mm3", "mm\u00b3"},
    {"L", "L"},
    {"mL", "mL"},
    {"uL", "\u00b5L"},
    {"nL", "nL"},
    {"m/s", "m/s"},
    {"km/h", "km/h"},
    {"mm/s", "mm/s"},
    {"mm/min", "mm/min"},
    {"um/s", "\u00b5m/s"},
    {"m/s2", "m/s\u00b2"},
    {"[g]", "g"},
    // flow
    {"L/min", "L/min"},
    {"L/h", "L/h"},
    {"L/s", "L/s"},
    {"mL/min", "mL/min"},
    {"mL/h", "mL/h"},
    {"uL/min", "\u00b5L/min"},
    {"m3/h", "m\u00b3/h"},
    {"kg/h", "kg/h"},
    {"g/min", "g/min"},
    // mass, density, amount
    {"kg", "kg"},
    {"g", "g"},
    {"mg", "mg"},
    {"ug", "\u00b5g"},
    {"ng", "ng"},
    {"t", "t"},
    {"g/L", "g/L"},
    {"mg/L", "mg/L"},
    {"ug/L", "\u00b5g/L"},
    {"ug/mL", "\u00b5g/mL"},
    {"ng/uL", "ng/\u00b5L"},
    {"g/cm3", "g/cm\u00b3"},
    {"g/m3", "g/m\u00b3"},
    {"kg/m3", "kg/m\u00b3"},
    {"mol", "mol"},
    {"mmol", "mmol"},
    {"mol/L", "mol/L"},
    {"mmol/L", "mmol/L"},
    {"umol/L", "\u00b5mol/L"},
    {"1/mL", "1/mL"},
    {"1/uL", "1/\u00b5L"},
    // force, pressure, energy, power
    {"N", "N"},
    {"kN", "kN"},
    {"mN", "mN"},
    {"N.m", "N\u00b7m"},
    {"mN.m", "mN\u00b7m"},
    {"Pa", "Pa"},
    {"hPa", "hPa"},
    {"kPa", "kPa"},
    {"MPa", "MPa"},
    {"GPa", "GPa"},
    {"bar", "bar"},
    {"mbar", "mbar"},
    {"mm[Hg]", "mmHg"},
    {"[psi]", "psi"},
    {"Pa.s", "Pa\u00b7s"},
    {"mPa.s", "mPa\u00b7s"},
    {"J", "J"},
    {"kJ", "kJ"},
    {"mJ", "mJ"},
    {"W.h", "Wh"},
    {"kW.h", "kWh"},
    {"W", "W"},
    {"kW", "kW"},
    {"mW", "mW"},
    {"V.A", "VA"},
    {"W/m2", "W/m\u00b2"},
    // electricity and light
    {"V", "V"},
    {"mV", "mV"},
    {"uV", "\u00b5V"},
    {"kV", "kV"},
    {"A", "A"},
    {"mA", "mA"},
    {"uA", "\u00b5A"},
    {"nA", "nA"},
    {"A.h", "Ah"},
    {"C", "C"},
    {"Ohm", "\u03a9"},
    {"kOhm", "k\u03a9"},
    {"MOhm", "M\u03a9"},
    {"S", "S"},
    {"S/m", "S/m"},
    {"mS/cm", "mS/cm"},
    {"uS/cm", "\u00b5S/cm"},
    {"F", "F"},
    {"uF", "\u00b5F"},
    {"nF", "nF"},
    {"H", "H"},
    {"T", "T"},
    {"mT", "mT"},
    {"lx", "lx"},
    {"lm", "lm"},
    {"cd", "cd"},
    // angle, information, radiation
    {"deg", "\u00b0"},
    {"rad", "rad"},
    {"deg/s", "\u00b0/s"},
    {"By", "B"},
    {"kBy", "kB"},
    {"MBy", "MB"},
    {"GBy", "GB"},
    {"bit", "bit"},
    {"By/s", "B/s"},
    {"kBy/s", "kB/s"},
    {"MBy/s", "MB/s"},
    {"bit/s", "bit/s"},
    {"Bq", "Bq"},
    {"Gy", "Gy"},
    {"Sv", "Sv"},
    {"uSv/h", "\u00b5Sv/h"},
});

const Unit* find_unit(std::string_view code) {
    const auto* found =
        std::find_if(units.begin(), units.end(), [&](const Unit& u) { return u.code == code; });
    return found != units.end() ? found : nullptr;
}

}  // namespace

std::span<const Unit> known_units() { return units; }

std::string_view unit_symbol(std::string_view code) {
    const Unit* unit = find_unit(code);
    return unit != nullptr ? unit->symbol : code;
}

bool is_known_unit(std::string_view code) { return find_unit(code) != nullptr; }

}  // namespace watchglass
