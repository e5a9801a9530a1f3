using Kombo.Core.Models;

namespace Kombo.Core.Tests.Models;

public sealed class ModelCatalogTests
{
    [Fact]
    public void Lists_that_the_file_leaves_out_are_empty()
    {
        foreach (var model in ModelCatalog.Default.Models)
        {
            model.Relations.IsDefault.ShouldBeFalse(model.Name);
            model.Response.IsDefault.ShouldBeFalse(model.Name);
            model.Filters.IsDefault.ShouldBeFalse(model.Name);
            model.UpdatedAfter.IsDefault.ShouldBeFalse(model.Name);
            model.ChangedModels.IsDefault.ShouldBeFalse(model.Name);
            model.Fields.ShouldAllBe(field => !field.Values.IsDefault);
        }
    }
}
