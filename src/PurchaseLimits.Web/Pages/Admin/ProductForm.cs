using System.Globalization;
using Dapper;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>What the forms of a new and of a changed product send, as text.</summary>
public sealed record ProductForm
{
    public const int MaxNameLength = 120;
    public const int MaxDescriptionLength = 2000;

    /// <summary>The idempotency key, made when the page was rendered.</summary>
    public string? ChangeId { get; init; }

    /// <summary>The revision the page showed; not there for a new product.</summary>
    public string? Revision { get; init; }

    public string? Name { get; init; }
    public string? Description { get; init; }
    public string? CategoryId { get; init; }
    public string? Tile { get; init; }

    public static string NewChangeId() => Guid.CreateVersion7().ToString("D");

    /// <summary>A form that shows a product as it is.</summary>
    public static ProductForm For(ProductRow product) => new()
    {
        ChangeId = NewChangeId(),
        Revision = product.Revision.ToString(CultureInfo.InvariantCulture),
        Name = product.Name,
        Description = product.Description,
        CategoryId = product.CategoryId.ToString(CultureInfo.InvariantCulture),
        Tile = product.Tile,
    };

    /// <summary>Null where something is wrong, which is said at its field.</summary>
    public async Task<ProductText?> ReadAsync(StoreDataSources dataSources, ProductChoices choices, ModelStateDictionary modelState)
    {
        var name = await ComposedText.ReadOrNullAsync(dataSources.AdminPages, Name, MaxNameLength, lineBreaks: false);
        if (name is null)
            modelState.AddModelError("name", $"Write a name of 1 to {MaxNameLength} characters.");
        var description = string.IsNullOrWhiteSpace(Description)
            ? ""
            : await ComposedText.ReadOrNullAsync(dataSources.AdminPages, Description, MaxDescriptionLength, lineBreaks: true);
        if (description is null)
            modelState.AddModelError("description", string.Create(CultureInfo.InvariantCulture, $"Write up to {MaxDescriptionLength:#,##0} characters."));
        if (!StrictInput.TryId(CategoryId, out var categoryId) || choices.Categories.All(category => category.CategoryId != categoryId))
            modelState.AddModelError("categoryId", "Choose one of the categories.");
        if (Tile is null || !choices.Tiles.Contains(Tile))
            modelState.AddModelError("tile", "Choose one of the drawings.");
        return modelState.IsValid ? new ProductText(categoryId, name!, description!, Tile!) : null;
    }
}

/// <summary>What a product's form offers to choose from.</summary>
/// <param name="Categories">In the shop's order.</param>
/// <param name="Tiles">The drawings in wwwroot/tiles, by name.</param>
public sealed record ProductChoices(IReadOnlyList<ProductChoices.Category> Categories, IReadOnlyList<string> Tiles)
{
    public sealed record Category(long CategoryId, string Name);

    public static async Task<ProductChoices> ReadAsync(StoreDataSources dataSources, IWebHostEnvironment environment)
    {
        await using var connection = await dataSources.AdminPages.OpenConnectionAsync();
        var categories = (await connection.QueryAsync<Category>(
            "SELECT c.category_id, c.name FROM store.category c ORDER BY c.position, c.category_id")).AsList();
        return new ProductChoices(categories,
        [
            .. environment.WebRootFileProvider.GetDirectoryContents("tiles")
                .Where(file => Path.GetExtension(file.Name) == ".svg")
                .Select(file => Path.GetFileNameWithoutExtension(file.Name))
                .Order(StringComparer.Ordinal),
        ]);
    }
}

/// <summary>The model of the partial <c>_ProductFields</c>.</summary>
public sealed record ProductFields(ProductForm Form, ProductChoices Choices);
