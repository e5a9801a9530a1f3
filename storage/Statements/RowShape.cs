using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Reflection;

namespace Kombo.Storage.Statements;

/// <summary>How the columns of a result become an object. Columns that it has no place for are passed over.</summary>
static class RowShape
{
    public const DynamicallyAccessedMemberTypes Members =
        DynamicallyAccessedMemberTypes.PublicConstructors | DynamicallyAccessedMemberTypes.PublicProperties;

    /// <returns>Makes the object of a row's values.</returns>
    /// <exception cref="InvalidOperationException">The constructor needs a column that is not there.</exception>
    public static Func<object?[], T> Of<[DynamicallyAccessedMembers(Members)] T>(IReadOnlyList<string> columns)
    {
        if (IsValue(typeof(T)))
            return row => Converted(row[0], typeof(T)) is { } value ? (T)value
                : default(T) is null ? default! // null where T may be
                : throw new InvalidOperationException($"{columns[0]} is null, which no {typeof(T).Name} is");
        var constructor = typeof(T).GetConstructors().MaxBy(candidate => candidate.GetParameters().Length)
            ?? throw new InvalidOperationException($"{typeof(T)} has no public constructor");
        return constructor.GetParameters() is { Length: > 0 } parameters
            ? ByConstructor<T>(columns, constructor, parameters)
            : ByProperties<T>(columns, constructor, typeof(T).GetProperties());
    }

    static Func<object?[], T> ByConstructor<T>(
        IReadOnlyList<string> columns, ConstructorInfo constructor, ParameterInfo[] parameters)
    {
        var places = parameters
            .Select(parameter => Place(columns, parameter.Name) ?? throw new InvalidOperationException(
                $"{typeof(T).Name} needs a column for its parameter {parameter.Name}"))
            .ToArray();
        return row =>
        {
            var values = parameters.Select((parameter, index) => Converted(row[places[index]], parameter.ParameterType));
            return (T)constructor.Invoke([.. values]);
        };
    }

    static Func<object?[], T> ByProperties<T>(
        IReadOnlyList<string> columns, ConstructorInfo constructor, PropertyInfo[] properties)
    {
        var filled = properties
            .Where(property => property.CanWrite)
            .Select(property => (property, place: Place(columns, property.Name)))
            .Where(pair => pair.place is not null)
            .ToArray();
        return row =>
        {
            var made = constructor.Invoke(null);
            foreach (var (property, place) in filled)
                if (Converted(row[place!.Value], property.PropertyType) is { } value) // not null: filtered above
                    property.SetValue(made, value);
            return (T)made;
        };
    }

    static int? Place(IReadOnlyList<string> columns, string? name)
    {
        for (var place = 0; place < columns.Count; place++)
            if (string.Equals(columns[place].Replace("_", "", StringComparison.Ordinal), name, StringComparison.OrdinalIgnoreCase))
                return place;
        return null;
    }

    // Of the system: a struct of our own is a row.
    static bool IsValue(Type type) => type == typeof(string) || type is { IsValueType: true, Namespace: "System" };

    static object? Converted(object? value, Type type)
    {
        var wanted = Nullable.GetUnderlyingType(type) ?? type;
        return value switch
        {
            DBNull => null,
            // As Npgsql reads timestamptz where no type is asked for.
            DateTime time when wanted == typeof(DateTimeOffset) => new DateTimeOffset(DateTime.SpecifyKind(time, DateTimeKind.Utc)),
            IConvertible number when wanted.IsPrimitive => Convert.ChangeType(number, wanted, CultureInfo.InvariantCulture),
            _ => value,
        };
    }
}
