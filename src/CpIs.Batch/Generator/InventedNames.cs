namespace CpIs.Batch.Generator;

/// <summary>Names that nobody should take for real people's, in the variety that real ones have.</summary>
internal static class InventedNames
{
    private static readonly string[] s_familyBegin =
    [
        "Ashen", "Bram", "Cald", "Dapple", "Elm", "Fern", "Gorse", "Hazel", "Ivy", "Juniper", "Kest", "Larch", "Marl", "Nettle", "Oat",
        "Pebble", "Quill", "Rush", "Sedge", "Thistle", "Umber", "Vetch", "Willow", "Yarrow",
    ];

    private static readonly string[] s_familyEnd = ["bury", "by", "combe", "dale", "field", "ford", "hurst", "ley", "mere", "stead", "ton", "wick", "worth"];

    private static readonly string[] s_givenUsual =
    [
        "Ada", "Alfie", "Amara", "Arlo", "Bea", "Bodhi", "Cora", "Cyrus", "Dara", "Dexter", "Edie", "Elio", "Farah", "Felix", "Gemma", "Guy",
        "Hana", "Hugo", "Ines", "Idris", "Jade", "Jonah", "Kezia", "Kit", "Lena", "Luca", "Maya", "Milo", "Nadia", "Noel", "Orla", "Otis",
        "Pia", "Rafi", "Rhea", "Sami", "Selma", "Tariq", "Tess", "Uma", "Vik", "Wren", "Yara", "Zac",
    ];

    private static readonly string[] s_givenRare =
    [
        "Anne-Marie", "Chloë", "D'Arcy", "Éloïse", "Ng'ang'a", "José María", "Łucja", "Nuala-Jean", "Siân", "Søren", "Zoë", "Ümit",
    ];

    private static readonly string[] s_familyRare =
    [
        "O'Fernley", "D'Elmwick", "Ní Sedgeby", "Mc Gorsewick", "van der Elmstead", "Brontëby", "Müllerford", "Peñafern", "Škoda-Ashley", "Łarchwick",
    ];

    // Letters outside the basic plane take four bytes in UTF-8 and two units in UTF-16.
    private const string Gothic = "𐌰𐌽𐌽𐌰";

    public static string Family(DeterministicRandom random) => random.Between(1, 100) switch
    {
        <= 4 => random.Pick(s_familyRare),
        <= 10 => $"{Plain(random)}-{Plain(random)}",
        _ => Plain(random),
    };

    public static string Given(DeterministicRandom random) => random.Between(1, 400) switch
    {
        1 => Gothic,
        <= 20 => random.Pick(s_givenRare),
        <= 160 => $"{random.Pick(s_givenUsual)} {random.Pick(s_givenUsual)}",
        _ => random.Pick(s_givenUsual),
    };

    /// <summary>A given name outside the basic plane.</summary>
    public static string FourByteGiven => Gothic;

    private static string Plain(DeterministicRandom random) => random.Pick(s_familyBegin) + random.Pick(s_familyEnd);
}
