using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace Kombo.Operator;

/// <summary>Bounds of a time span, both included. <see cref="RangeAttribute"/> would look up at run time how to read them, which a
/// program that is compiled ahead of time cannot.</summary>
[AttributeUsage(AttributeTargets.Property)]
sealed class TimeRangeAttribute(string least, string most) : ValidationAttribute
{
    public string Least => least;

    public string Most => most;

    public override bool IsValid(object? value) => value is TimeSpan time && time >= Parse(least) && time <= Parse(most);

    public override string FormatErrorMessage(string name) => $"The field {name} must be between {least} and {most}.";

    static TimeSpan Parse(string text) => TimeSpan.Parse(text, CultureInfo.InvariantCulture);
}
