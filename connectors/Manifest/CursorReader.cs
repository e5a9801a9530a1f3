using Kombo.Connectors.Expressions;
using Kombo.Connectors.Mapping;
using Kombo.Connectors.Paging;
using Kombo.Connectors.Times;

namespace Kombo.Connectors.Manifest;

/// <summary>Reads a DatetimeBasedCursor. Reading in time windows (<c>step</c>) is not supported.</summary>
static class CursorReader
{
    public static ChangeCursor? Read(Component cursor)
    {
        var type = cursor.Type("DatetimeBasedCursor");
        if (type != "DatetimeBasedCursor")
        {
            cursor.RefuseType(type, "an incremental sync", "DatetimeBasedCursor");
            return null;
        }

        var start = cursor.Child("start_time_option");
        var end = cursor.Child("end_time_option");
        var read = new ChangeCursor
        {
            Field = Field(cursor),
            Format = Format(cursor, cursor.Find("datetime_format")) ?? Missing(cursor),
            AlsoRead = [.. cursor.List("cursor_datetime_formats").Select(node => Format(cursor, node)).OfType<DateTimeFormat>()],
            LookBack = LookBack(cursor),
            Earliest = Earliest(cursor),
            StartOption = start is null ? null : AuthenticatorReader.Option(start),
            EndOption = end is null ? null : AuthenticatorReader.Option(end),
            IsClientSide = cursor.Flag("is_client_side_incremental"),
        };
        cursor.Close();
        return read;
    }

    // Airbyte takes a key of the record; a path is more, so that a nested change time needs no copy of it.
    static RecordPath Field(Component cursor)
    {
        var text = cursor.RequiredText("cursor_field");
        if (RecordPath.Parse(text, out var error) is { } path)
            return path;
        if (text.Length > 0)
            cursor.Refuse(cursor.Find("cursor_field") ?? cursor.Node, error ?? "is no path");
        return RecordPath.OfKeys([]);
    }

    static DateTimeFormat Missing(Component cursor)
    {
        if (cursor.Find("datetime_format") is null)
            cursor.Refuse(cursor.Node, "datetime_format is missing");
        return DateTimeFormat.Rfc3339;
    }

    static DateTimeFormat? Format(Component component, YamlNode? node)
    {
        if (node is null)
            return null;
        try
        {
            return DateTimeFormat.Parse(node is YamlText { Value: var text } ? text : "");
        }
        catch (ExpressionException error)
        {
            component.Refuse(node, error.Message);
            return null;
        }
    }

    static Template? LookBack(Component cursor)
    {
        var template = cursor.Template("lookback_window", Roots.Config);
        if (template is { IsConstant: true } && IsoDuration.Parse(template.Text(default)) is null)
            cursor.Refuse(cursor.Find("lookback_window") ?? cursor.Node, "lookback_window must be a duration such as PT5M or P1D");
        return template;
    }

    static Template? Earliest(Component cursor)
    {
        if (cursor.Find("start_datetime") is not YamlMap map)
            return cursor.Template("start_datetime", Roots.Config);
        var datetime = cursor.Below(map);
        if (datetime is null)
            return null;
        if (datetime.Type("MinMaxDatetime") is { } type and not "MinMaxDatetime")
            datetime.RefuseType(type, "a start_datetime", "MinMaxDatetime");
        var template = datetime.RequiredTemplate("datetime", Roots.Config);
        datetime.Close();
        return template;
    }
}
