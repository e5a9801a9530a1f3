using Kombo.Core.Models;

namespace Kombo.Core.Tests.Models;

public class ModelCatalogTests
{
    static readonly ModelCatalog Catalog = ModelCatalog.Default;

    static readonly string[] ShapeKinds =
        ["text", "number", "integer", "boolean", "datetime", "date", "time", "enum", "literal", "object", "array", "oneOf", "map", "any"];

    static IEnumerable<(Model Model, Field Field)> Fields =>
        Catalog.Models.SelectMany(model => model.Fields.Select(one => (model, one)));

    [Fact]
    public void Holds_every_model_once()
    {
        Catalog.Models.Length.ShouldBe(36);
        Catalog.Models.Select(model => model.Name).ShouldBeUnique();
        Catalog.Models.Count(model => model.Kind == ModelKind.Record).ShouldBe(23);
        Catalog.Models.Count(model => model.Kind == ModelKind.Embedded).ShouldBe(2);
        Catalog.Models.Count(model => model.Kind == ModelKind.Join).ShouldBe(11);
        Catalog.Find("hris_employees").ShouldNotBeNull().Path.ShouldBe("/v1/hris/employees");
        Catalog.Find("nothing").ShouldBeNull();
        Should.Throw<KeyNotFoundException>(() => Catalog.Get("nothing")).Message.ShouldContain("nothing");
    }

    [Fact]
    public void Every_field_has_a_number_of_its_own()
    {
        foreach (var model in Catalog.Models)
        {
            model.Numbers.ShouldBeUnique();
            foreach (var field in model.Fields)
                model.Numbers.ShouldContain(field.Name, $"append it to the numbers of {model} in catalog.json");
        }
    }

    [Fact]
    public void Numbers_stay_as_they_were_given()
    {
        var given = string.Join('\n', Catalog.Models.Select(model => $"{model}: {string.Join(' ', model.Numbers)}"));
        var file = Path.Combine(AppContext.BaseDirectory, "Models", "field-numbers.txt");
        foreach (var line in File.ReadLines(file))
            given.ShouldContain(line, customMessage: "numbers are only appended to: statuses in clusters hold them");
    }

    [Fact]
    public void Names_are_fit_for_tables_and_columns()
    {
        foreach (var model in Catalog.Models)
        {
            model.Name.ShouldMatch("^(hris|ats)_[a-z_]{1,50}$");
            model.Name.StartsWith(model.Category.ToLowerInvariant(), StringComparison.Ordinal).ShouldBeTrue(model.Name);
            model.Fields.Select(field => field.Name).ShouldBeUnique(model.Name);
        }

        foreach (var (model, field) in Fields)
            field.Name.ShouldMatch("^[a-z][a-z0-9_]{0,62}$", model.Name);
        string[] bookkeeping = ["id", "remote_id", "changed_at", "remote_deleted_at", "remote_data", "content_hash", "integration_id"];
        Fields.Where(pair => bookkeeping.Contains(pair.Field.Name)).ShouldBeEmpty();
    }

    [Fact]
    public void Types_have_what_belongs_to_them()
    {
        foreach (var (model, field) in Fields)
        {
            (field.Type == FieldType.Enum).ShouldBe(field.Values.Length > 0, $"{model}.{field.Name}: values");
            (field.Type == FieldType.Json).ShouldBe(field.Shape is not null, $"{model}.{field.Name}: shape");
            field.Values.ShouldBeUnique($"{model}.{field.Name}");
            if (field.Shape is not null)
                CheckShape(field.Shape, $"{model}.{field.Name}");
        }
    }

    [Fact]
    public void References_point_at_models_and_hold_text()
    {
        foreach (var (model, field) in Fields.Where(pair => pair.Field.Ref is not null))
        {
            Catalog.Find(field.Ref!).ShouldNotBeNull($"{model}.{field.Name}"); // not null: filtered above
            field.Type.ShouldBe(FieldType.Text, $"{model}.{field.Name}");
        }
    }

    /// <summary>The scope counts on it: what cannot be left out is a reference.</summary>
    [Fact]
    public void What_cannot_be_null_is_a_reference() =>
        Fields.Where(pair => pair.Field is { Nullable: false, Ref: null }).Select(pair => $"{pair.Model}.{pair.Field.Name}").ShouldBeEmpty();

    [Fact]
    public void Joins_refer_to_what_they_link()
    {
        foreach (var join in Catalog.Models)
        {
            var sides = new[] { join.Left, join.Right, join.Per }.OfType<string>().ToList();
            sides.Count.ShouldBe(join.Kind == ModelKind.Join ? join.Per is null ? 2 : 3 : 0, join.Name);
            foreach (var side in sides)
                join.Fields.ShouldContain(field => field.Ref == side && !field.Nullable, $"{join} has no reference to {side}");
        }
    }

    [Fact]
    public void Relations_lead_to_models_by_columns_that_exist()
    {
        foreach (var model in Catalog.Models)
            foreach (var relation in model.Relations)
            {
                var target = Catalog.Find(relation.Model).ShouldNotBeNull($"{model}.{relation.Name}");
                if (relation.Column is not null)
                    model.Find(relation.Column).ShouldNotBeNull($"{model}.{relation.Name}").Ref.ShouldBe(relation.Model);
                if (relation.ChildColumn is not null)
                    target.Find(relation.ChildColumn).ShouldNotBeNull($"{model}.{relation.Name}");
                if (relation.Join is not null)
                    Catalog.Find(relation.Join).ShouldNotBeNull($"{model}.{relation.Name}").Kind.ShouldBe(ModelKind.Join);
            }
    }

    [Fact]
    public void Answers_list_every_visible_field()
    {
        foreach (var model in Catalog.Models.Where(model => model.Kind == ModelKind.Record))
            model.Fields.Where(field => !field.Hidden).Select(field => field.Name).Except(model.Response).ShouldBeEmpty(model.Name);
    }

    [Fact]
    public void Fields_are_found_by_name()
    {
        var teams = Catalog.Get("hris_teams");
        teams.IndexOf(teams.Fields[1].Name).ShouldBe(1);
        teams.IndexOf("nothing").ShouldBe(-1);
        teams.Find("nothing").ShouldBeNull();
    }

    [Fact]
    public void Lists_that_the_file_leaves_out_are_empty()
    {
        foreach (var model in Catalog.Models)
        {
            model.Relations.IsDefault.ShouldBeFalse(model.Name);
            model.Response.IsDefault.ShouldBeFalse(model.Name);
            model.Filters.IsDefault.ShouldBeFalse(model.Name);
            model.UpdatedAfter.IsDefault.ShouldBeFalse(model.Name);
            model.ChangedModels.IsDefault.ShouldBeFalse(model.Name);
            model.Fields.ShouldAllBe(field => !field.Values.IsDefault);
        }
    }

    static void CheckShape(FieldShape shape, string path)
    {
        ShapeKinds.ShouldContain(shape.Kind, path);
        (shape.Kind == "object").ShouldBe(shape.Fields.Length > 0, path);
        (shape.Kind == "array").ShouldBe(shape.Item is not null, path);
        (shape.Kind == "oneOf").ShouldBe(shape.Variants.Length > 0, path);
        (shape.Kind == "enum").ShouldBe(shape.Values.Length > 0, path);
        foreach (var part in shape.Fields.Concat(shape.Variants).Append(shape.Item).OfType<FieldShape>())
            CheckShape(part, $"{path}.{part.Name ?? part.Kind}");
    }
}
